package io.steamgate.edge.link;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;

/** A network namespace of a test's own, gone with it. */
public final class NetworkNamespace implements AutoCloseable {
    private static final int O_RDONLY = 0;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SETNS = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("setns"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            Linker.Option.firstVariadicArg(2));

    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
    }

    /** Skips the test, saying why, where namespaces cannot be made. */
    public static NetworkNamespace create(String suffix) {
        Assumptions.assumeTrue(
                Files.exists(Path.of("/sbin/ip")) || Files.exists(Path.of("/usr/sbin/ip")), "needs iproute2 (ip)");
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root: makes network namespaces");
        NetworkNamespace namespace =
                new NetworkNamespace("link-" + ProcessHandle.current().pid() + "-" + suffix);
        command("ip", "netns", "add", namespace.name);
        namespace.run("ip", "link", "set", "lo", "up");
        namespace.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
        return namespace;
    }

    /** Joins this and another namespace by a veth pair, up on both ends. */
    public void veth(String device, NetworkNamespace other, String otherDevice) {
        command(
                "ip",
                "link",
                "add",
                device,
                "netns",
                name,
                "type",
                "veth",
                "peer",
                "name",
                otherDevice,
                "netns",
                other.name);
        run("ip", "link", "set", device, "up");
        other.run("ip", "link", "set", otherDevice, "up");
    }

    public String name() {
        return name;
    }

    /** Runs to the end and returns what was printed. @throws AssertionError when the command fails */
    public String run(String... words) {
        return command(inside(words));
    }

    public Process start(String... words) {
        try {
            return new ProcessBuilder(inside(words)).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls with this thread inside the namespace; what it opens stays there. */
    public <T> T in(Supplier<T> action) {
        int home = open("/proc/thread-self/ns/net");
        int there = open("/run/netns/" + name);
        try {
            enter(there);
            return action.get();
        } finally {
            enter(home);
            LinuxCalls.close(there);
            LinuxCalls.close(home);
        }
    }

    private String[] inside(String... words) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(Arrays.asList(words));
        return all.toArray(String[]::new);
    }

    private static String command(String... words) {
        try {
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", words) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static int open(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) OPEN.invokeExact(arena.allocateFrom(path), O_RDONLY);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void enter(int fd) {
        try {
            if ((int) SETNS.invokeExact(fd, CLONE_NEWNET) != 0) {
                throw new AssertionError("setns");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        command("ip", "netns", "del", name);
    }
}
