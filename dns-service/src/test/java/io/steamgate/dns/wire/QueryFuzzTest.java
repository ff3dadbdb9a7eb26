package io.steamgate.dns.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/** Whatever octets come, reading them as a query says something, and what it says of a whole one holds. */
class QueryFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        byte[] message = octets.length > 0 ? octets : new byte[0];
        byte[] before = message.clone();
        Query query = new Query();
        Query.Parsed parsed = query.parse(message, message.length);
        assertThat(message).isEqualTo(before);
        if (parsed != Query.Parsed.WHOLE) {
            return;
        }
        assertThat(query.questionEnd()).isLessThanOrEqualTo(message.length);
        assertThat(query.udpSize()).isBetween(512, 65535);
        assertThat(query.cookieAt() + query.cookieLength()).isLessThanOrEqualTo(message.length);
        QName name = query.name();
        byte[] copy = name.copy();
        assertThat(copy.length).isBetween(1, Dns.MAX_NAME);
        assertThat(Names.length(copy, 0)).isEqualTo(copy.length);
        assertThat(Names.labels(copy)).isEqualTo(name.labels());
        assertThat(Names.hash(copy)).isEqualTo(name.hash(0));
        assertThat(Names.parse(Names.text(copy))).isEqualTo(copy);
        // A second reading by the same reader is not disturbed by the first.
        Query again = new Query();
        again.parse(new byte[] {1, 2, 3}, 3);
        assertThat(again.parse(Arrays.copyOf(message, message.length), message.length))
                .isEqualTo(parsed);
        assertThat(again.type()).isEqualTo(query.type());
    }
}
