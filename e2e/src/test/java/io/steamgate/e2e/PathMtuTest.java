package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PathMtuTest {
    // Segments as they are on the wire, not super-frames.
    @RegisterExtension
    static final Lab lab = Lab.with("--no-offload");

    @Test
    void an_icmp_error_for_a_spliced_flow_makes_the_site_send_smaller_segments() {
        try (Command watch = lab.python("client", "raw.py", "too-big", Lab.VIP, "80", "1200")) {
            assertThat(watch.line(Lab.SHORT)).isEqualTo("watching");
            try (Command download = lab.start(
                    "client", "curl", "-sS", "-o", "/dev/null", "--limit-rate", "4M", "http://a.test/big/64")) {
                String[] sizes = watch.await(Duration.ofMinutes(1))
                        .succeeded()
                        .out()
                        .strip()
                        .split(" ");

                assertThat(Integer.parseInt(sizes[0])).isEqualTo(1500);
                assertThat(Integer.parseInt(sizes[1])).isBetween(1000, 1200);
                download.await(Duration.ofMinutes(1)).succeeded();
            }
        }
        lab.on("site-a", "ip", "route", "flush", "cache");
    }
}
