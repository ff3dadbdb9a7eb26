package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.serve.Counters;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Queries that an edge hands over, with a PROXY header that names the client. */
class EdgeTest {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");

    /** A header for a client, who asks 192.0.2.10:53. */
    static byte[] header(String client, int transport) {
        byte[] header = Arrays.copyOf(SIGNATURE, 28);
        header[12] = 0x21;
        header[13] = (byte) (0x10 | transport);
        header[15] = 12;
        System.arraycopy(InetAddress.ofLiteral(client).getAddress(), 0, header, 16, 4);
        System.arraycopy(InetAddress.ofLiteral("192.0.2.10").getAddress(), 0, header, 20, 4);
        header[24] = 0x30;
        header[25] = 0x39;
        header[27] = 53;
        return header;
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static final byte[] QUERY = Ask.query("www.example.", Type.A).toWire();

    private static TestServer server(FakeServer upstream, String edges) {
        return TestServer.with(Map.of(
                "forward.upstreams", upstream.address(), "trusted-edges", edges, "allow-recursion", "198.51.100.0/24"));
    }

    private static FakeServer upstream() {
        return new FakeServer((q, s) -> FakeServer.answers(q, "www.example. 60 A 192.0.2.1"));
    }

    @Test
    void the_client_that_the_edge_names_is_the_one_that_may_or_may_not_recurse() throws IOException {
        try (FakeServer upstream = upstream();
                TestServer server = server(upstream, "127.0.0.1")) {
            byte[] allowed = join(header("198.51.100.7", 2), QUERY);
            byte[] refused = join(header("203.0.113.7", 2), QUERY);
            assertThat(Ask.message(Ask.udp(server.address, allowed)).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(Ask.message(Ask.udp(server.address, refused)).getRcode()).isEqualTo(Rcode.REFUSED);
            try (Socket socket = Ask.connect(server.address)) {
                byte[] header = header("198.51.100.7", 1);
                // In two pieces, as a stream may come
                socket.getOutputStream().write(header, 0, 20);
                socket.getOutputStream().flush();
                socket.getOutputStream().write(header, 20, header.length - 20);
                Ask.send(socket, QUERY);
                assertThat(Ask.message(Ask.receive(socket)).getRcode()).isEqualTo(Rcode.NOERROR);
                Ask.send(socket, QUERY);
                assertThat(Ask.message(Ask.receive(socket)).getRcode()).isEqualTo(Rcode.NOERROR);
            }
        }
    }

    @Test
    void an_edge_that_speaks_for_itself_is_the_client() {
        try (FakeServer upstream = upstream();
                TestServer server = server(upstream, "127.0.0.1")) {
            byte[] local = Arrays.copyOf(SIGNATURE, 16);
            local[12] = 0x20;
            Message answer = Ask.message(Ask.udp(server.address, join(local, QUERY)));
            assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
        }
    }

    @Test
    void without_a_header_an_edge_is_not_answered() throws IOException {
        try (FakeServer upstream = upstream();
                TestServer server = server(upstream, "127.0.0.1")) {
            assertThat(Ask.udp(server.address, QUERY, 100)).isEmpty();
            assertThat(server.server
                            .counters()
                            .dropped(Counters.Drop.MALFORMED_PROXY)
                            .sum())
                    .isEqualTo(1);
            try (Socket socket = Ask.connect(server.address)) {
                Ask.send(socket, QUERY);
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void nobody_but_an_edge_can_speak_for_somebody_else() throws IOException {
        try (FakeServer upstream = upstream();
                TestServer server = server(upstream, "127.0.0.9")) {
            byte[] forged = join(header("198.51.100.7", 2), QUERY);
            try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                socket.setSoTimeout(500);
                socket.send(new DatagramPacket(forged, forged.length, server.address));
                DatagramPacket packet = new DatagramPacket(new byte[512], 512);
                try {
                    socket.receive(packet);
                    byte[] answer = Arrays.copyOf(packet.getData(), packet.getLength());
                    assertThat(answer[3] & 0xF).isNotEqualTo(Rcode.NOERROR);
                } catch (java.net.SocketTimeoutException e) {
                    // Not even told that it is no query
                }
            }
            assertThat(upstream.queries).isEmpty();
        }
    }
}
