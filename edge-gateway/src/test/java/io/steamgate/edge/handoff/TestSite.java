package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.BodyFraming;
import io.steamgate.edge.follow.Bytes;
import io.steamgate.edge.follow.HttpRequestHead;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.tcp.TcpListener;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.ProxyHeader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A small HTTP server on a simulated host. {@code GET /N/...} answers N bytes; a body is answered with its length and
 * CRC-32. Every answer names the site.
 */
final class TestSite {
    final List<String> clients = new ArrayList<>();
    final List<String> requests = new ArrayList<>();
    final List<TcpConnection> connections = new ArrayList<>();
    int accepted;
    int resets;
    final TcpListener listener;
    private final String name;
    private final boolean proxied;

    TestSite(HandoffNetwork network, SimulatedHost host, int address, String name, boolean proxied) {
        this(network, host, address, name, proxied, HandoffNetwork.EVERYTHING);
    }

    TestSite(HandoffNetwork network, SimulatedHost host, int address, String name, boolean proxied, SynOffer offer) {
        this.name = name;
        this.proxied = proxied;
        listener = network.serve(host, address, 80, offer, connection -> {
            accepted++;
            connections.add(connection);
            connection.events(new Conversation(connection));
        });
    }

    /** How a body is answered. */
    static String crc(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body);
        return body.length + " " + crc.getValue();
    }

    static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >>> 8));
        }
        return bytes;
    }

    private final class Conversation implements TcpEvents {
        private final TcpConnection connection;
        private final ByteArrayOutputStream input = new ByteArrayOutputStream();
        private final ByteArrayOutputStream output = new ByteArrayOutputStream();
        private boolean introduced = !proxied;

        Conversation(TcpConnection connection) {
            this.connection = connection;
            if (!proxied) {
                clients.add(new Ipv4Address(connection.remoteAddress()) + ":" + connection.remotePort());
            }
        }

        @Override
        public void readable() {
            input.write(connection.receiveArray(), connection.receiveOffset(), connection.readable());
            connection.consume(connection.readable());
            byte[] all = input.toByteArray();
            int at = 0;
            if (!introduced) {
                switch (ProxyHeader.parse(all, 0, all.length)) {
                    case ProxyHeader.Parsed.Complete(ProxyHeader header, int length) -> {
                        introduced = true;
                        at = length;
                        if (header.command() == ProxyHeader.Command.PROXY) {
                            clients.add(header.source() + ":" + header.sourcePort());
                        }
                    }
                    case ProxyHeader.Parsed.Incomplete incomplete -> {
                        finish();
                        return;
                    }
                    case ProxyHeader.Parsed.Malformed malformed -> throw new AssertionError("no PROXY header");
                }
            }
            while (HttpRequestHead.parse(new Bytes(all, at, all.length - at), 65_536)
                    instanceof HttpRequestHead.Head head) {
                int length = head.body() instanceof BodyFraming.Length(long bytes) ? (int) bytes : 0;
                if (all.length - at < head.length() + length) {
                    break;
                }
                answer(head, all, at + head.length(), length);
                at += head.length() + length;
            }
            input.reset();
            input.write(all, at, all.length - at);
            writable();
            finish();
        }

        private void answer(HttpRequestHead.Head head, byte[] all, int offset, int length) {
            String path = head.path().orElse("");
            requests.add(path);
            byte[] body;
            if (length > 0) {
                body = crc(Arrays.copyOfRange(all, offset, offset + length)).getBytes(StandardCharsets.US_ASCII);
            } else {
                String number = path.replaceAll("\\D", "");
                body = pattern(number.isEmpty() ? 0 : Integer.parseInt(number));
            }
            output.writeBytes(("HTTP/1.1 200 OK\r\nServer: " + name + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            output.writeBytes(body);
        }

        @Override
        public void writable() {
            byte[] all = output.toByteArray();
            int taken = connection.write(all, 0, all.length);
            output.reset();
            output.write(all, taken, all.length - taken);
            finish();
        }

        private void finish() {
            if (connection.endOfStream() && output.size() == 0) {
                connection.shutdownOutput();
            }
        }

        @Override
        public void closed(TcpEnd reason) {
            if (reason == TcpEnd.RESET) {
                resets++;
            }
        }
    }
}
