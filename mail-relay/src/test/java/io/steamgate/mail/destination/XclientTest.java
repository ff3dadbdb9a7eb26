package io.steamgate.mail.destination;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import io.steamgate.mail.session.Client;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What servers are told of clients, octet by octet. */
class XclientTest {
    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private static Client client(String address, String local, String helo, String user) {
        return new Client(
                at(address, 4660),
                at(local, 25),
                helo,
                false,
                Optional.empty(),
                Optional.of(user).filter(u -> !u.isEmpty()));
    }

    private static List<String> said(Client client, Optional<String> name, boolean failed) {
        Xclient.HostName known = new Xclient.HostName(name, Optional.of("claimed.test"), failed);
        return Xclient.commands(client, known, Xclient.ATTRIBUTES);
    }

    @Test
    void everythingIsToldAndWhatIsNotKnownToo() {
        assertThat(said(client("2001:db8::1", "192.0.2.25", "c.test", ""), Optional.empty(), true))
                .containsExactly("XCLIENT NAME=[TEMPUNAVAIL] REVERSE_NAME=claimed.test PORT=4660 PROTO=SMTP HELO=c.test"
                        + " LOGIN=[UNAVAILABLE] ADDR=IPV6:2001:db8:0:0:0:0:0:1");
    }

    @Test
    void valuesAreXtext() {
        assertThat(said(client("192.0.2.1", "192.0.2.25", "bücher", "a+b=c d\r\nQUIT"), Optional.of("host"), false))
                .first()
                .asString()
                .contains(" HELO=b+C3+BCcher LOGIN=a+2Bb+3Dc+20d+0D+0AQUIT ");
    }

    @Test
    void noLineIsLongerThanOneMayBe() {
        String wide = "ü".repeat(80);
        for (String user : List.of("u".repeat(255), "u".repeat(256), wide, "ü".repeat(250))) {
            List<String> lines = said(
                    client("2001:db8::1", "2001:db8::2", "h".repeat(255), user), Optional.of("n".repeat(253)), false);
            assertThat(lines).allMatch(line -> line.length() <= 510 && line.startsWith("XCLIENT "));
            assertThat(String.join("", lines).contains("LOGIN=[UNAVAILABLE]"))
                    .isEqualTo(user.length() == 256 || user.length() == 250);
        }
    }

    private static String header(Client client) {
        EmbeddedChannel channel = new EmbeddedChannel(new ProxyHeader(client));
        StringBuilder hex = new StringBuilder();
        for (io.netty.buffer.ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            hex.append(ByteBufUtil.hexDump(part));
            part.release();
        }
        assertThat(channel.pipeline().names())
                .as("and leaves")
                .doesNotContain("proxy")
                .hasSize(1);
        return hex.toString();
    }

    @Test
    void aProxyHeaderNamesClientAndService() {
        String signature = "0d0a0d0a000d0a515549540a";
        assertThat(header(client("192.0.2.1", "192.0.2.25", "", "")))
                .isEqualTo(signature + "2111000c" + "c0000201" + "c0000219" + "1234" + "0019");
        assertThat(header(client("2001:db8::1", "2001:db8::2", "", "")))
                .isEqualTo(signature + "21210024" + "20010db8000000000000000000000001"
                        + "20010db8000000000000000000000002" + "1234" + "0019");
        assertThat(header(client("2001:db8::1", "192.0.2.25", "", "")))
                .as("one family for both")
                .isEqualTo(signature + "21210024" + "20010db8000000000000000000000001"
                        + "00000000000000000000ffffc0000219" + "1234" + "0019");
    }
}
