package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Flows that the kernel forwards arrive bit by bit, by every address mode, with and without offloads, over lossy links and
 * links of different widths. All combinations with {@code test --full}; else each pair of settings at least once.
 */
class KernelPathTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    /** @param loss thousandths of the packets that each end loses */
    record Setting(String mode, boolean offload, int mtu, int lanMtu, int loss) {
        static final List<Function<Setting, Object>> ALL =
                List.of(Setting::mode, Setting::offload, setting -> setting.mtu + "/" + setting.lanMtu, Setting::loss);

        List<String> options() {
            List<String> options = new ArrayList<>(
                    List.of("--mode", mode, "--data-path", "kernel", "--mtu", "" + mtu, "--lan-mtu", "" + lanMtu));
            if (!offload) {
                options.addFirst("--no-offload");
            }
            return options;
        }

        /** As long as each has to go on for something to be seen, and no longer. */
        int mebibytes() {
            int most = Lab.FULL ? 256 : 64;
            return switch (loss) {
                case 0 -> most;
                case 10 -> most / 8;
                default -> 4;
            };
        }

        @Override
        public String toString() {
            return "%s, offloads %s, MTU %d/%d, loss %d/1000"
                    .formatted(mode, offload ? "on" : "off", mtu, lanMtu, loss);
        }
    }

    private static final List<String> MODES = List.of("proxy", "transparent", "nat");
    private static final int[][] WIDTHS = {{1500, 1500}, {9000, 9000}, {1500, 1450}};
    private static final int[] LOSSES = {0, 10, 100};

    static Stream<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        for (int mode = 0; mode < 3; mode++) {
            for (int width = 0; width < 3; width++) {
                if (Lab.FULL) {
                    for (int loss : LOSSES) {
                        settings.add(setting(mode, true, width, loss));
                        settings.add(setting(mode, false, width, loss));
                    }
                } else {
                    // A Latin square: every two of mode, width and loss meet once. Offloads are off on its diagonal,
                    // where each
                    // mode, width and loss is met once, and on elsewhere.
                    settings.add(setting(mode, mode != width, width, LOSSES[(mode + width) % 3]));
                }
            }
        }
        return settings.stream();
    }

    private static Setting setting(int mode, boolean offload, int width, int loss) {
        return new Setting(MODES.get(mode), offload, WIDTHS[width][0], WIDTHS[width][1], loss);
    }

    @Test
    void every_two_settings_meet() {
        List<Setting> settings = settings().toList();
        for (Function<Setting, Object> one : Setting.ALL) {
            for (Function<Setting, Object> other : Setting.ALL) {
                long pairs = settings.stream()
                        .map(setting -> List.of(one.apply(setting), other.apply(setting)))
                        .distinct()
                        .count();
                long ones = settings.stream().map(one).distinct().count();
                long others = settings.stream().map(other).distinct().count();
                assertThat(pairs).isEqualTo(one == other ? ones : ones * others);
            }
        }
        assertThat(settings.stream().map(Setting::offload).distinct()).hasSize(2);
        assertThat(settings.stream().map(Setting::loss).distinct()).hasSize(3);
    }

    @AfterAll
    static void down() {
        Lab.steamgate(Duration.ofMinutes(1), List.of("lab", "down"));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void flows_in_the_kernel_arrive_bit_by_bit(Setting setting) {
        Lab lab = Lab.with(setting.options().toArray(String[]::new));
        lab.up();
        int mebibytes = setting.mebibytes();
        String expected = TransferTest.digestAtTheSource(lab, mebibytes);
        List<Command> losing = new ArrayList<>();
        try {
            if (setting.loss > 0) {
                for (String host : new String[] {"client", "site-a", "site-b"}) {
                    Command loss = lab.python(host, "loss.py", "eth0", "" + setting.loss);
                    losing.add(loss);
                    assertThat(loss.line(Lab.SHORT)).isEqualTo("losing");
                }
            }
            // Followed, from its host's rules; not followed; and an upload.
            assertThat(digest(lab, "http://a.test/big/" + mebibytes)).isEqualTo(expected);
            assertThat(digest(lab, "http://b.test/big/" + mebibytes)).isEqualTo(expected);
            String answer = lab.on(
                            "client",
                            LONG,
                            "bash",
                            "-o",
                            "pipefail",
                            "-c",
                            "curl -sSf http://b.test/big/%d | tee >(sha256sum | cut -c1-64 >&2) | curl -sSf -T - -X POST http://b.test/echo"
                                    .formatted(Math.min(mebibytes, 16)))
                    .succeeded()
                    .out();
            assertThat(answer)
                    .contains(TransferTest.digestAtTheSource(lab, Math.min(mebibytes, 16))
                            .substring(0, 64));
        } finally {
            losing.forEach(Command::close);
        }
        assertThat(lab.metric("steamgate_edge_data_path", "path=\"kernel\"")).isEqualTo(1);
        Lab.eventually(
                "bytes of both downloads are counted as the kernel's",
                Lab.SHORT,
                () -> lab.metric("steamgate_edge_path_bytes_total", "path=\"kernel\"", "to=\"client\"")
                        > 2.0 * mebibytes * (1 << 20));
        double user = lab.metric("steamgate_edge_path_bytes_total", "path=\"user\"", "to=\"client\"");
        assertThat(user).as("bytes by the edge's process").isLessThan(2.0 * mebibytes * (1 << 20) / 20);
        if (!setting.offload) {
            for (String host : new String[] {"client", "site-a", "site-b"}) {
                assertThat(lab.kernelCounter(host, "Tcp:", "InCsumErrors"))
                        .as(host)
                        .isZero();
                assertThat(lab.kernelCounter(host, "IpExt:", "InCsumErrors"))
                        .as(host)
                        .isZero();
            }
        }
    }

    private static String digest(Lab lab, String url) {
        return lab.on("client", LONG, "bash", "-o", "pipefail", "-c", "curl -sSf %s | sha256sum".formatted(url))
                .succeeded()
                .out();
    }
}
