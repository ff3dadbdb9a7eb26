package io.steamgate.mail.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.DnsFixture;
import io.steamgate.mail.inspect.Inspections;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Destinations learn whose mail they get, and never take one client for another. */
@Timeout(60)
class IntroductionTest {
    private static final String ALL = "XCLIENT NAME ADDR PORT PROTO HELO LOGIN";

    @TempDir
    Path root;

    private DnsFixture dns;

    @BeforeEach
    void start() throws IOException {
        dns = new DnsFixture(
                "1.2.0.192.in-addr.arpa PTR one.host.test.",
                "one.host.test A 192.0.2.1",
                "2.2.0.192.in-addr.arpa PTR two.host.test.",
                "two.host.test A 192.0.2.99",
                "3.2.0.192.in-addr.arpa PTR silent.host.test.",
                "4.2.0.192.in-addr.arpa PTR four\\..host.test.");
    }

    @AfterEach
    void end() {
        dns.close();
    }

    private RelayFixture relay(String kind, InetSocketAddress server) throws Exception {
        return new RelayFixture(
                root,
                List.of("b.test " + kind),
                Map.of(kind, List.of(server)),
                List.of("127.0.0.1"),
                (_, _) -> new Inspections(0, List.of()),
                List.of(),
                List.of(dns.address()));
    }

    /** A client behind the edge. */
    private static RawClient client(RelayFixture relay, String address, String helo) throws IOException {
        RawClient client = relay.client();
        client.write(header(address));
        client.reply();
        client.ask("EHLO " + helo);
        return client;
    }

    private static byte[] header(String address) {
        InetAddress client = InetAddress.ofLiteral(address);
        InetAddress local = InetAddress.ofLiteral(client instanceof Inet6Address ? "2001:db8::25" : "192.0.2.25");
        return RawClient.proxyHeader(new InetSocketAddress(client, 1000), new InetSocketAddress(local, 25));
    }

    private static String send(RawClient client) throws IOException {
        client.ask("MAIL FROM:<s@x.test>");
        String answer = client.ask("RCPT TO:<joe@b.test>");
        if (!answer.startsWith("250")) {
            return answer;
        }
        client.ask("DATA");
        return client.ask("Hello\r\n.");
    }

    private static List<String> heard(ScriptedServer server) {
        List<String> all = new ArrayList<>();
        server.commands.drainTo(all);
        all.removeIf(line -> line.startsWith("RCPT") || line.equals("DATA"));
        return all;
    }

    @Test
    void aKeptConnectionIsIntroducedAnewForEachClient() throws Exception {
        try (ScriptedServer server = new ScriptedServer(List.of(ALL), IntroductionTest::usual);
                RelayFixture relay = relay("xclient", server.address())) {
            try (RawClient client = client(relay, "192.0.2.1", "one.test")) {
                assertThat(send(client)).startsWith("250");
                assertThat(heard(server))
                        .containsExactly(
                                "CONNECT",
                                "EHLO relay.test",
                                "XCLIENT NAME=one.host.test PORT=1000 PROTO=ESMTP HELO=one.test LOGIN=[UNAVAILABLE] ADDR=192.0.2.1",
                                "EHLO one.test",
                                "MAIL FROM:<s@x.test>");
                assertThat(send(client)).startsWith("250");
                assertThat(heard(server)).as("it is known").containsExactly("MAIL FROM:<s@x.test>");
            }
            // The relay has two event loops: of three clients two are on the same one.
            List<String> all = new ArrayList<>();
            for (String address : List.of("192.0.2.2", "192.0.2.3", "2001:db8::1")) {
                try (RawClient client = client(relay, address, "more.test")) {
                    assertThat(send(client)).startsWith("250");
                    all.addAll(heard(server));
                }
            }
            String rest = " PORT=1000 PROTO=ESMTP HELO=more.test LOGIN=[UNAVAILABLE] ADDR=";
            assertThat(all.stream().filter(line -> line.startsWith("XCLIENT")))
                    .containsExactly(
                            "XCLIENT NAME=[UNAVAILABLE]" + rest + "192.0.2.2",
                            "XCLIENT NAME=[TEMPUNAVAIL]" + rest + "192.0.2.3",
                            "XCLIENT NAME=[UNAVAILABLE]" + rest + "IPV6:2001:db8:0:0:0:0:0:1");
            assertThat(all.stream().filter("CONNECT"::equals)).as("kept").hasSize(1);
        }
    }

    /** A label may hold any octet, a dot too: what is read as two dots is no name that could be asked for. */
    @Test
    void anAddressWhoseOwnerNamesNoHostIsOneWithoutAName() throws Exception {
        try (ScriptedServer server = new ScriptedServer(List.of(ALL), IntroductionTest::usual);
                RelayFixture relay = relay("xclient", server.address());
                RawClient client = client(relay, "192.0.2.4", "four.test")) {
            assertThat(send(client)).startsWith("250");
            assertThat(heard(server)).anyMatch(line -> line.startsWith("XCLIENT NAME=[UNAVAILABLE] PORT="));
        }
    }

    private static String usual(String verb, String line) {
        return verb.equals("XCLIENT") ? "220 server.test" : "";
    }

    @Test
    void aConnectionThatCannotBeIntroducedAnewIsLeft() throws Exception {
        // Whoever is no longer taken for the relay is offered nothing more.
        try (ScriptedServer server = new ScriptedServer(
                        List.of("PIPELINING"),
                        (verb, line) ->
                                line.equals("EHLO relay.test") ? "250-server.test\r\n250 " + ALL : usual(verb, line));
                RelayFixture relay = relay("xclient", server.address())) {
            for (String address : List.of("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2")) {
                try (RawClient client = client(relay, address, "c" + address + ".test")) {
                    assertThat(send(client)).startsWith("250");
                    assertThat(send(client)).startsWith("250");
                }
            }
            List<String> all = heard(server);
            assertThat(all.stream().filter("CONNECT"::equals)).hasSize(4);
            assertThat(all.stream().filter(line -> line.startsWith("XCLIENT"))).hasSize(4);
            assertThat(all.stream().filter(line -> line.startsWith("MAIL"))).hasSize(8);
            assertThat(relay.inspected).isEmpty();
        }
    }

    @Test
    void aServerThatDoesNotTakeTheClientIsFollowedByTheNext() throws Exception {
        try (ScriptedServer refusing = new ScriptedServer(
                        List.of(ALL), (verb, line) -> verb.equals("XCLIENT") ? "550 5.7.0 not you" : "");
                RelayFixture relay = relay("xclient", refusing.address());
                RawClient client = client(relay, "192.0.2.1", "one.test")) {
            assertThat(send(client)).startsWith("451 4.");
            assertThat(refusing.messages).isEmpty();
        }
    }

    @Test
    void aServerThatDoesNotOfferToBeToldGetsTheMailAllTheSameAndThatIsCounted() throws Exception {
        try (ScriptedServer server = new ScriptedServer(List.of("PIPELINING"), IntroductionTest::usual);
                RelayFixture relay = relay("xclient", server.address());
                RawClient client = client(relay, "192.0.2.1", "one.test")) {
            assertThat(send(client)).startsWith("250");
            assertThat(relay.inspected.take()).isEqualTo("unintroduced xclient");
            assertThat(heard(server)).noneMatch(line -> line.startsWith("XCLIENT"));
        }
    }

    @Test
    void aProxyHeaderComesFirstAndItsConnectionIsNotKept() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                ScriptedServer server = new ScriptedServer(List.of(), IntroductionTest::usual);
                RelayFixture relay = relay("proxy", (InetSocketAddress) listening.getLocalSocketAddress());
                RawClient client = client(relay, "192.0.2.1", "one.test")) {
            for (int i = 0; i < 2; i++) {
                CompletableFuture<byte[]> header = new CompletableFuture<>();
                Thread.ofVirtual().start(() -> unwrap(listening, server.address(), header));
                assertThat(send(client)).startsWith("250");
                assertThat(header.get()).isEqualTo(header("192.0.2.1"));
                assertThat(server.end()).startsWith("quit");
            }
        }
    }

    /** Takes the header off one connection, and passes the rest on. */
    private static void unwrap(ServerSocket listening, InetSocketAddress server, CompletableFuture<byte[]> header) {
        try (Socket from = listening.accept();
                Socket to = new Socket(server.getAddress(), server.getPort())) {
            header.complete(from.getInputStream().readNBytes(28));
            Thread back = Thread.ofVirtual().start(() -> {
                try {
                    to.getInputStream().transferTo(from.getOutputStream());
                } catch (IOException e) {
                    // The relay has left.
                }
            });
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
            back.join();
        } catch (IOException | InterruptedException e) {
            header.completeExceptionally(e);
        }
    }
}
