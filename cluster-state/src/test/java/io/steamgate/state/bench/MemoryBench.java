package io.steamgate.state.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.steamgate.state.ClusterState;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.member.Membership;
import io.steamgate.state.member.Rhythm;
import io.steamgate.state.member.Self;
import io.steamgate.state.store.Session;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What the library adds to the memory of a process that serves a network with Netty anyway, as every service does: all that is resident beside the
 * heap, which bench/state has touched from the start, and what lives in the heap. Prints lines of measure, subject and MiB: as it
 * is right after the work, and settled; and with native memory tracking what each category of the JVM adds.
 */
public final class MemoryBench {
    private static final int SESSIONS = 20_000;
    /** The JVM keeps what compilers have freed for up to 5 s, in case they want it again. */
    private static final Duration REST = Duration.ofSeconds(6);

    private static final Duration MOST = Duration.ofMinutes(3);
    /** What is compiled now, or waits for it, in the JVM's list of both. */
    private static final Pattern COMPILING = Pattern.compile("CompilerThread|(?m)^\\d");

    private static final Pattern CATEGORY = Pattern.compile("-\\s+(.+) \\(reserved=\\d+KB, committed=(\\d+)KB.*");

    private MemoryBench() {}

    /**
     * @param arguments the server, and the subject: {@code steamgate}, or {@code map} for one that keeps its sessions to itself
     */
    public static void main(String[] arguments) throws IOException, InterruptedException, JMException {
        String server = arguments[0];
        String subject = arguments[1];
        echo();
        settle();
        double before = residentMib();
        double heapBefore = heapMib();
        Map<String, Long> categoriesBefore = categories();
        Object kept = subject.equals("map") ? onItsOwn() : shared(server);
        System.out.printf("memory-at-once\t%s\t%.1f%n", subject, residentMib() - before);
        settle();
        System.out.printf("memory\t%s\t%.1f%n", subject, residentMib() - before);
        System.out.printf("memory-live-heap\t%s\t%.1f%n", subject, heapMib() - heapBefore);
        categories().forEach((category, kib) -> {
            long more = kib - categoriesBefore.getOrDefault(category, 0L);
            System.out.printf(
                    "memory-%s\t%s\t%.2f%n",
                    category.toLowerCase(Locale.ROOT).replace(' ', '-'), subject, more / 1024.0);
        });
        if (kept instanceof ClusterState state) {
            state.close();
        }
        System.exit(0);
    }

    /** What a service does with Netty anyway: bytes come, and are answered. */
    private static void echo() throws InterruptedException {
        EventLoopGroup group = new NioEventLoopGroup(1);
        Channel server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext context, Object message) {
                        context.writeAndFlush(message);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        CountDownLatch echoes = new CountDownLatch(SESSIONS);
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(new ByteToMessageDecoder() {
                    @Override
                    public void channelActive(ChannelHandlerContext context) {
                        say(context);
                    }

                    @Override
                    protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> messages) {
                        if (bytes.readableBytes() >= Long.BYTES) {
                            bytes.skipBytes(Long.BYTES);
                            echoes.countDown();
                            say(context);
                        }
                    }

                    private void say(ChannelHandlerContext context) {
                        if (echoes.getCount() > 0) {
                            context.writeAndFlush(context.alloc().buffer().writeLong(echoes.getCount()));
                        }
                    }
                })
                .connect(server.localAddress())
                .sync();
        echoes.await();
    }

    private static Session session(int number) {
        return new Session("memory-" + number, "node", Optional.empty(), Map.of());
    }

    private static ClusterState shared(String server) {
        ClusterState state = ClusterState.connect(
                ClientSettings.of(List.of(server)), Rhythm.DEFAULT, InstantSource.system(), CallObserver.NONE);
        until(() -> state.status().answering());
        state.membership().join(new Self("memory", Set.of("bench"), List.of(), "1", () -> 0));
        for (int i = 0; i < SESSIONS; i++) {
            var unused = state.sessions().put(session(i), Lifespan.FOREVER).join();
        }
        until(() -> state.membership().standing() == Membership.Standing.JOINED);
        return state;
    }

    /** The same work without anybody to share it with; that the map grows is no part of the comparison. */
    private static Map<String, Session> onItsOwn() {
        Map<String, Session> sessions = new ConcurrentHashMap<>();
        for (int i = 0; i < SESSIONS; i++) {
            sessions.put(session(i).id(), session(i));
        }
        sessions.clear();
        return sessions;
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** Waits until the compilers have had nothing to do for a while, and gives back to the system what nobody uses. */
    private static void settle() throws JMException {
        long startedAt = System.nanoTime();
        long idleSince = startedAt;
        while (System.nanoTime() - idleSince < REST.toNanos()) {
            if (System.nanoTime() - startedAt > MOST.toNanos()) {
                throw new IllegalStateException("the compilers found no rest: this machine has too much other work");
            }
            LockSupport.parkNanos(100_000_000);
            if (COMPILING.matcher(diagnose("compilerQueue")).find()) {
                idleSince = System.nanoTime();
            }
        }
        System.gc();
        diagnose("systemTrimNativeHeap");
    }

    private static String diagnose(String command, String... arguments) throws JMException {
        boolean none = arguments.length == 0;
        return (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        command,
                        none ? new Object[0] : new Object[] {arguments},
                        none ? new String[0] : new String[] {String[].class.getName()});
    }

    /** KiB that the JVM has of the system by category; nothing without native memory tracking. */
    private static Map<String, Long> categories() throws JMException {
        Map<String, Long> categories = new TreeMap<>();
        for (String line : diagnose("vmNativeMemory", "summary").lines().toList()) {
            Matcher category = CATEGORY.matcher(line);
            if (category.matches()) {
                categories.put(category.group(1), Long.parseLong(category.group(2)));
            }
        }
        return categories;
    }

    private static double residentMib() throws IOException {
        return heapMib()
                + Files.readAllLines(Path.of("/proc/self/status")).stream()
                                .filter(line -> line.startsWith("VmRSS:"))
                                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                                .findFirst()
                                .orElseThrow()
                        / 1024.0;
    }

    /** What lives in the heap. */
    private static double heapMib() {
        System.gc();
        Runtime heap = Runtime.getRuntime();
        return (heap.totalMemory() - heap.freeMemory()) / 1048576.0;
    }
}
