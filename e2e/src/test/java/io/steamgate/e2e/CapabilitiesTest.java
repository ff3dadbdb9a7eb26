package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The edge runs as nobody with the capabilities that docs/operations.md names, and no others. */
class CapabilitiesTest {
    @AfterAll
    static void down() {
        Lab.steamgate(Duration.ofMinutes(1), List.of("lab", "down"));
    }

    private static String edgeLog() throws IOException {
        return Files.readString(Lab.folder().resolve("edge/log"));
    }

    @Test
    void three_capabilities_are_enough_for_the_kernel_data_path() throws Exception {
        Lab lab = Lab.with("--capabilities", "net_admin,net_raw,bpf");
        lab.up();
        assertThat(lab.on(
                                "edge",
                                "sh",
                                "-c",
                                "grep CapEff /proc/$(cut -d' ' -f1 %s)/status"
                                        .formatted(Lab.folder().resolve("edge/pid")))
                        .succeeded()
                        .out()
                        .strip())
                .as("CAP_NET_ADMIN (12), CAP_NET_RAW (13), CAP_BPF (39)")
                .endsWith("0000008000003000");
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
        assertThat(lab.metric("steamgate_edge_data_path", "path=\"kernel\"", "obstacle=\"none\""))
                .isEqualTo(1);
        assertThat(edgeLog())
                .as("what is not pinned detaches with the process")
                .contains("which end with this process: set steamgate.edge.bpffs to keep them");
        assertThat(TransferTest.digestThroughTheEdge(lab, "client", "http://b.test/big/16"))
                .isEqualTo(TransferTest.digestAtTheSource(lab, 16));
        Lab.eventually(
                "the kernel's bytes are counted for their service",
                Lab.SHORT,
                () -> lab.metric(
                                "steamgate_edge_path_bytes_total",
                                "path=\"kernel\"",
                                "to=\"client\"",
                                "service=\"site-b\"")
                        > 16 << 20);
    }

    @Test
    void without_cap_bpf_the_edge_takes_the_user_path_and_says_why() throws Exception {
        Lab lab = Lab.with("--capabilities", "net_admin,net_raw");
        lab.up();
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
        assertThat(lab.metric("steamgate_edge_data_path", "path=\"user\"", "obstacle=\"refused\""))
                .isEqualTo(1);
        assertThat(edgeLog())
                .contains("data path: user, because the kernel takes no eBPF map sg_flows (EPERM); it needs CAP_BPF");
    }
}
