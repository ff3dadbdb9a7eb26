package io.steamgate.dns.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** With the examples of RFC 9018 appendix A. */
class CookiesTest {
    private static final HexFormat HEX = HexFormat.of();

    private final Cookies cookies = new Cookies(HEX.parseHex("e5e973e5a6b2a43f48e7dc849e37bfcf"));
    private final byte[] client = InetAddress.ofLiteral("198.51.100.100").getAddress();

    @Test
    void a_client_that_shows_its_own_cookie_is_given_a_servers() {
        byte[] asked = HEX.parseHex("2464c4abcf10c957");
        byte[] out = new byte[24];
        cookies.write(asked, 0, asked.length, client, 1559731985L, out);
        assertThat(HEX.formatHex(out)).isEqualTo("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
        assertThat(cookies.isValid(out, 0, 24, client, 1559731985L)).isTrue();
    }

    @Test
    void a_cookie_of_half_an_hour_is_made_new() {
        byte[] asked = HEX.parseHex("fc93fc62807ddb8601000000" + "5cf79f11" + "0000000000000000");
        byte[] first = new byte[24];
        cookies.write(asked, 0, 8, client, 1559731985L, first);
        byte[] second = new byte[24];
        cookies.write(first, 0, 24, client, 1559731985L + 1799, second);
        assertThat(second).isEqualTo(first);
        cookies.write(first, 0, 24, client, 1559731985L + 1800, second);
        assertThat(second).isNotEqualTo(first);
        assertThat(cookies.isValid(first, 0, 24, client, 1559731985L + 3600)).isTrue();
        assertThat(cookies.isValid(first, 0, 24, client, 1559731985L + 3601)).isFalse();
        assertThat(cookies.isValid(first, 0, 24, client, 1559731985L - 301)).isFalse();
    }

    @Test
    void a_cookie_is_good_for_its_address_and_secret_only() {
        byte[] cookie = HEX.parseHex("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
        byte[] other = InetAddress.ofLiteral("198.51.100.101").getAddress();
        assertThat(cookies.isValid(cookie, 0, 24, other, 1559731985L)).isFalse();
        assertThat(new Cookies(new byte[16]).isValid(cookie, 0, 24, client, 1559731985L))
                .isFalse();
    }

    @Test
    void an_ipv6_client_has_the_cookie_of_the_example() {
        Cookies old = new Cookies(HEX.parseHex("dd3bdf9344b678b185a6f5cb60fca715"));
        byte[] address =
                InetAddress.ofLiteral("2001:db8:220:1:59de:d0f4:8769:82b8").getAddress();
        byte[] cookie = HEX.parseHex("22681ab97d52c298010000005cf7c57926556bd0934c72f8");
        assertThat(old.isValid(cookie, 0, 24, address, 1559741817L)).isTrue();
    }
}
