package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.NetworkOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client asks for addresses on a forwarding host; what comes back to the client's side is what the kernel said. */
@Tag("system")
class KernelSilenceTest {
    private static final Ipv4Address VIP = Ipv4Address.of(192, 0, 2, 10);
    /** Behind the edge, where nobody is: a forwarding kernel says so. */
    private static final Ipv4Address FAR = Ipv4Address.of(198, 51, 100, 10);

    private NetworkNamespace client;
    private NetworkNamespace edge;

    @BeforeEach
    void layOut() {
        client = NetworkNamespace.create("client");
        edge = NetworkNamespace.create("edge");
        client.veth("c0", edge, "e0");
        client.run("ip", "addr", "add", "192.0.2.2/24", "dev", "c0");
        edge.run("ip", "addr", "add", "192.0.2.1/24", "dev", "e0");
        edge.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        String mac = edge.in(() -> LinuxInterface.of("e0")).mac().toString();
        client.run("ip", "neigh", "add", VIP.toString(), "lladdr", mac, "dev", "c0");
        client.run("ip", "neigh", "add", FAR.toString(), "lladdr", mac, "dev", "c0");
        client.run("ip", "route", "add", "198.51.100.0/24", "dev", "c0");
    }

    @AfterEach
    void remove() {
        if (edge != null) {
            edge.close();
        }
        if (client != null) {
            client.close();
        }
    }

    /** Sends a ping, a datagram and a connection request. @return how many frames of the kernel came back */
    private int answers(Ipv4Address to) throws Exception {
        try (AfPacketDevice ear = client.in(() -> AfPacketDevice.open("c0", AfPacketSettings.defaults()))) {
            client.start("ping", "-c1", "-W0.1", to.toString()).waitFor();
            client.start("bash", "-c", "echo hello > /dev/udp/" + to + "/9").waitFor();
            client.start("timeout", "0.1", "bash", "-c", "echo > /dev/tcp/" + to + "/80")
                    .waitFor();
            // A frame of our own is the end mark: what the edge's kernel said came before its answer to this.
            client.run("ping", "-c1", "-W1", "192.0.2.1");
            int[] icmpErrorsAndResets = new int[1];
            while (ear.receive(frame -> {
                        int type = NetworkOrder.u16(frame.memory(), frame.start() + 12);
                        int protocol = NetworkOrder.u8(frame.memory(), frame.start() + 23);
                        int source = NetworkOrder.i32(frame.memory(), frame.start() + 26);
                        int icmpType = NetworkOrder.u8(frame.memory(), frame.start() + 34);
                        boolean about = type == 0x0800 && (source == to.bits() || protocol == 1 && icmpType != 0);
                        boolean asks =
                                type == 0x0806 && NetworkOrder.i32(frame.memory(), frame.start() + 38) == to.bits();
                        if (about || asks) {
                            icmpErrorsAndResets[0]++;
                        }
                    })
                    > 0) {}
            return icmpErrorsAndResets[0];
        }
    }

    @Test
    void a_forwarding_kernel_left_alone_does_answer() throws Exception {
        assertThat(answers(FAR)).isPositive();
        assertThat(answers(VIP)).isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            value = KernelSilence.Means.class,
            names = {"TCX", "CLSACT"})
    void a_silenced_kernel_says_nothing_while_the_stack_hears_everything(KernelSilence.Means means) throws Exception {
        try (AddressDropProgram program = AddressDropProgram.load();
                AfPacketDevice stack = edge.in(() -> AfPacketDevice.open("e0", AfPacketSettings.defaults()))) {
            program.add(VIP);
            program.add(FAR);
            IngressHook hook = edge.in(() -> means == KernelSilence.Means.TCX
                    ? IngressHook.attachTcx(program.descriptor(), LinuxInterface.of("e0"))
                    : IngressHook.attachClsact(program.descriptor(), LinuxInterface.of("e0")));
            stack.filter(PacketFilter.addresses(List.of(VIP, FAR)));

            assertThat(answers(VIP)).isZero();
            assertThat(answers(FAR)).isZero();
            int heard = 0;
            for (int n = stack.receive(frame -> {}); n > 0; n = stack.receive(frame -> {})) {
                heard += n;
            }
            assertThat(heard).as("ping, datagram and SYN, to each").isGreaterThanOrEqualTo(6);

            edge.in(() -> {
                hook.close();
                return hook;
            });
            assertThat(answers(FAR)).isPositive();
        }
    }

    @Test
    void arp_for_a_silenced_address_is_left_to_the_stack_though_the_kernel_would_proxy() throws Exception {
        edge.veth("d0", edge, "d1");
        edge.run("ip", "route", "add", "192.0.2.10/32", "dev", "d0");
        edge.run("sysctl", "-qw", "net.ipv4.conf.e0.proxy_arp=1", "net.ipv4.neigh.e0.proxy_delay=0");
        client.run("ip", "neigh", "del", VIP.toString(), "dev", "c0");
        client.start("ping", "-c1", "-W0.1", VIP.toString()).waitFor();
        assertThat(client.run("ip", "neigh", "show", VIP.toString())).contains("lladdr");

        client.run("ip", "neigh", "flush", "dev", "c0");
        try (KernelSilence silence = edge.in(() -> KernelSilence.keep(List.of("e0"), List.of(VIP)))) {
            assertThat(silence.means()).isEqualTo(KernelSilence.Means.TCX);
            client.start("ping", "-c1", "-W0.1", VIP.toString()).waitFor();
            assertThat(client.run("ip", "neigh", "show", VIP.toString())).doesNotContain("lladdr");
        }
    }

    @Test
    void the_addresses_can_change_while_it_runs() throws Exception {
        try (KernelSilence silence = edge.in(() -> KernelSilence.keep(List.of("e0"), List.of(VIP)))) {
            assertThat(answers(VIP)).isZero();
            assertThat(answers(FAR)).isPositive();
            edge.in(() -> {
                silence.addresses(List.of(FAR));
                return silence;
            });
            assertThat(answers(FAR)).isZero();
            assertThat(answers(VIP)).isPositive();
            assertThat(silence).hasToString("the kernel is kept silent for [198.51.100.10] by an eBPF program (TCX)");
        }
    }

    @Test
    void an_address_that_the_kernel_owns_is_refused() {
        assertThatThrownBy(() ->
                        edge.in(() -> KernelSilence.keep(List.of("e0"), List.of(VIP, Ipv4Address.of(192, 0, 2, 1)))))
                .isInstanceOf(LinkException.class)
                .hasMessageStartingWith("the kernel owns 192.0.2.1 and would answer for the stack");
    }

    @Test
    void without_the_right_to_load_programs_a_forwarding_host_is_refused_and_another_is_not() throws Exception {
        String probe = KernelSilenceProbe.class.getName();
        String[] command = {
            "setpriv",
            "--bounding-set=-bpf,-sys_admin",
            "--inh-caps=-bpf,-sys_admin",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            probe,
            "e0",
            VIP.toString()
        };
        assertThat(edge.run(command))
                .contains(
                        "the kernel forwards IPv4 on e0 and would answer beside this stack",
                        "sysctl -w net.ipv4.conf.e0.forwarding=0");
        edge.run("sysctl", "-qw", "net.ipv4.ip_forward=0");
        assertThat(edge.run(command)).contains("the kernel is silent for [192.0.2.10]: it does not forward");
        assertThat(answers(VIP)).isZero();
    }

    @Test
    void routes_to_itself_are_read_from_the_kernels_table() {
        List<String> trie = List.of(
                "Main:",
                "  +-- 0.0.0.0/0 3 0 5",
                "     |-- 192.0.2.0",
                "        /24 link UNICAST",
                "Local:",
                "     |-- 192.0.2.1",
                "        /32 host LOCAL",
                "     |-- 192.0.2.255",
                "        /32 link BROADCAST",
                "     |-- 203.0.113.0",
                "        /24 link UNICAST",
                "        /28 host LOCAL");
        assertThat(KernelSilence.localNetworks(trie))
                .containsExactly(Ipv4Network.parse("192.0.2.1/32"), Ipv4Network.parse("203.0.113.0/28"));
    }
}
