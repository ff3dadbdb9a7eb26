package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.BodyFraming;
import io.steamgate.edge.follow.Bytes;
import io.steamgate.edge.follow.HttpResponseHead;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** An HTTP client on the simulated host: writes what it is told, collects whole responses. */
final class TestClient implements TcpEvents {
    /** A response: who answered, and with what. */
    record Response(int status, String server, byte[] body) {}

    final TcpConnection connection;
    final List<Response> responses = new ArrayList<>();
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    Optional<TcpEnd> end = Optional.empty();
    boolean connected;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private boolean finishing;
    private int parsed;

    TestClient(HandoffNetwork network, int port) {
        connection = network.connect(port, this);
    }

    TestClient(HandoffNetwork network, int from, int port, SynOffer offer) {
        connection = network.connect(from, port, offer, this);
    }

    void send(String text) {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(byte[] bytes) {
        output.writeBytes(bytes);
        writable();
    }

    void get(String path) {
        send("GET " + path + " HTTP/1.1\r\nHost: a.test\r\n\r\n");
    }

    void post(String path, byte[] body) {
        send("POST " + path + " HTTP/1.1\r\nHost: a.test\r\nContent-Length: " + body.length + "\r\n\r\n");
        send(body);
    }

    void finish() {
        finishing = true;
        writable();
    }

    @Override
    public void connected() {
        connected = true;
        writable();
    }

    @Override
    public void writable() {
        if (!connected) {
            return;
        }
        byte[] all = output.toByteArray();
        int taken = connection.write(all, 0, all.length);
        output.reset();
        output.write(all, taken, all.length - taken);
        if (finishing && output.size() == 0) {
            connection.shutdownOutput();
        }
    }

    @Override
    public void readable() {
        received.write(connection.receiveArray(), connection.receiveOffset(), connection.readable());
        connection.consume(connection.readable());
        byte[] all = received.toByteArray();
        while (HttpResponseHead.parse(new Bytes(all, parsed, all.length - parsed), 65_536, "GET")
                instanceof HttpResponseHead.Head head) {
            int length = head.body() instanceof BodyFraming.Length(long bytes) ? (int) bytes : 0;
            int begin = parsed + head.length();
            if (all.length < begin + length) {
                return;
            }
            String text = new String(all, parsed, head.length(), StandardCharsets.ISO_8859_1);
            String server = text.replaceAll("(?s).*Server: (\\S+).*", "$1");
            responses.add(new Response(
                    head.status(),
                    server.contains("\r") ? "-" : server,
                    Arrays.copyOfRange(all, begin, begin + length)));
            parsed = begin + length;
        }
    }

    @Override
    public void closed(TcpEnd reason) {
        end = Optional.of(reason);
    }
}
