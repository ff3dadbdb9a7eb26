package io.steamgate.edge.link;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the kernel from answering for addresses of the stack. A packet socket only listens in: the kernel takes every
 * frame too. For an address it does not own it is silent while it does not forward; where it forwards (any node of a
 * cluster does) it would send redirects, unreachables and forwarded copies. A program behind the packet sockets then drops
 * those frames.
 */
public final class KernelSilence implements AutoCloseable {
    /** What keeps the kernel silent. */
    public enum Means {
        /** It does not forward, and answers for its own addresses only. */
        NOT_FORWARDING,
        /** An eBPF program on a TCX link, which ends with this process. */
        TCX,
        /** An eBPF program as a filter of the clsact queueing discipline. */
        CLSACT
    }

    private static final String REMEDY =
            "give the process CAP_BPF and CAP_NET_ADMIN, or sysctl -w net.ipv4.conf.%1$s.forwarding=0";

    private final Means means;
    private final @Nullable AddressDropProgram program;
    private final List<IngressHook> hooks;
    private final Set<Ipv4Address> silenced = new HashSet<>();

    private KernelSilence(Means means, @Nullable AddressDropProgram program, List<IngressHook> hooks) {
        this.means = means;
        this.program = program;
        this.hooks = hooks;
    }

    /**
     * Silences the kernel for {@code addresses} on {@code interfaces}, in the network namespace of the calling thread.
     *
     * @throws LinkException when the kernel owns one of them, or forwards and cannot be silenced
     */
    public static KernelSilence keep(Collection<String> interfaces, Collection<Ipv4Address> addresses) {
        return keep(interfaces, addresses, Pins.NOWHERE);
    }

    /** As {@link #keep(Collection, Collection)}; with pins the kernel stays silent when the process has ended. */
    public static KernelSilence keep(Collection<String> interfaces, Collection<Ipv4Address> addresses, Pins pins) {
        requireNotOwned(addresses);
        List<LinuxInterface> on = interfaces.stream().map(LinuxInterface::of).toList();
        AddressDropProgram program;
        try {
            program = AddressDropProgram.load(pins);
        } catch (LinkException e) {
            return unsilenced(on, addresses, e);
        }
        List<IngressHook> hooks = new ArrayList<>();
        try {
            on.forEach(one -> hooks.add(IngressHook.attach(program.descriptor(), one, pins)));
        } catch (LinkException e) {
            hooks.forEach(IngressHook::close);
            program.close();
            return unsilenced(on, addresses, e);
        }
        boolean tcx = hooks.stream().allMatch(IngressHook::tcx);
        KernelSilence silence = new KernelSilence(tcx ? Means.TCX : Means.CLSACT, program, hooks);
        // Those of the process before this one, where it has left them.
        silence.silenced.addAll(program.addresses());
        silence.addresses(addresses);
        return silence;
    }

    /** Without a program: right where the kernel does not forward, refused where it does. */
    private static KernelSilence unsilenced(
            List<LinuxInterface> interfaces, Collection<Ipv4Address> addresses, LinkException reason) {
        for (LinuxInterface one : interfaces) {
            if (forwards(one.name())) {
                throw new LinkException(
                        ("the kernel forwards IPv4 on %1$s and would answer beside this stack, and it takes " + reason
                                        + ": " + REMEDY)
                                .formatted(one.name()));
            }
        }
        KernelSilence silence = new KernelSilence(Means.NOT_FORWARDING, null, List.of());
        silence.addresses(addresses);
        return silence;
    }

    /**
     * Replaces the addresses, as when a VIP comes or a pool of service-side addresses grows.
     *
     * @throws LinkException when the kernel owns one of them
     */
    public void addresses(Collection<Ipv4Address> addresses) {
        requireNotOwned(addresses);
        Set<Ipv4Address> wanted = Set.copyOf(addresses);
        if (program != null) {
            if (wanted.size() > AddressDropProgram.MOST_ADDRESSES) {
                throw new LinkException(wanted.size() + " addresses of the stack on one host; the most is "
                        + AddressDropProgram.MOST_ADDRESSES);
            }
            silenced.stream().filter(address -> !wanted.contains(address)).forEach(program::remove);
            wanted.stream().filter(address -> !silenced.contains(address)).forEach(program::add);
        }
        silenced.clear();
        silenced.addAll(wanted);
    }

    public Means means() {
        return means;
    }

    /** One line for the log. */
    @Override
    public String toString() {
        return switch (means) {
            case NOT_FORWARDING -> "the kernel is silent for " + silenced + ": it does not forward";
            case TCX -> "the kernel is kept silent for " + silenced + " by an eBPF program (TCX)";
            case CLSACT -> "the kernel is kept silent for " + silenced + " by an eBPF program (clsact)";
        };
    }

    private static boolean forwards(String name) {
        Path setting = Path.of("/proc/sys/net/ipv4/conf", name, "forwarding");
        try {
            return !Files.readString(setting).strip().equals("0");
        } catch (IOException e) {
            throw new LinkException("cannot read " + setting + ", so the kernel may answer beside this stack", e);
        }
    }

    private static void requireNotOwned(Collection<Ipv4Address> addresses) {
        List<Ipv4Network> local = localNetworks();
        for (Ipv4Address address : addresses) {
            for (Ipv4Network network : local) {
                if (network.contains(address)) {
                    throw new LinkException("the kernel owns " + address
                            + " and would answer for the stack: take the address off its interface (ip -br addr; ip route"
                            + " show table local), or choose another one");
                }
            }
        }
    }

    /** What the kernel takes as its own: addresses, and prefixes routed to itself. */
    private static List<Ipv4Network> localNetworks() {
        Path trie = Path.of("/proc/thread-self/net/fib_trie");
        try {
            return localNetworks(Files.readAllLines(trie));
        } catch (IOException e) {
            throw new LinkException("cannot read " + trie + ", so the kernel may own an address of this stack", e);
        }
    }

    /** An address stands on a line {@code |-- 192.0.2.1}, its routes below it as {@code /32 host LOCAL}. */
    static List<Ipv4Network> localNetworks(List<String> trie) {
        List<Ipv4Network> local = new ArrayList<>();
        Ipv4Address address = Ipv4Address.ANY;
        for (String line : trie) {
            String text = line.strip();
            if (text.startsWith("|-- ")) {
                address = Ipv4Address.parse(text.substring(4));
            } else if (text.startsWith("/") && text.endsWith(" LOCAL")) {
                local.add(new Ipv4Network(address, Integer.parseInt(text.substring(1, text.indexOf(' ')))));
            }
        }
        return local;
    }

    @Override
    public void close() {
        hooks.forEach(IngressHook::close);
        if (program != null) {
            program.close();
        }
    }
}
