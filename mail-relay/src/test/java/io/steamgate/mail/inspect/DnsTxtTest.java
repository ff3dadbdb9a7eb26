package io.steamgate.mail.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.mail.DnsFixture;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.SimpleResolver;

class DnsTxtTest {
    @Test
    void stringsOfARecordAreOneAndWhatIsNotThereIsNoError() throws Exception {
        try (DnsFixture dns = new DnsFixture("long.test TXT \"v=DKIM1; p=AB\" \"CD\"", "other.test A 192.0.2.1")) {
            SimpleResolver resolver = new SimpleResolver(dns.address());
            resolver.setTimeout(Duration.ofSeconds(2));
            DnsTxt txt = new DnsTxt(resolver);
            assertThat(txt.records("long.test")).containsExactly("v=DKIM1; p=ABCD");
            assertThat(txt.records("other.test")).isEmpty();
            assertThat(txt.records("nobody.test")).isEmpty();
            assertThat(txt.records("x".repeat(64) + "..test")).isEmpty();
            assertThatThrownBy(() -> txt.records("broken.test")).isInstanceOf(IOException.class);
        }
    }
}
