package io.steamgate.state.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.steamgate.state.ClusterState;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.member.Rhythm;
import io.steamgate.state.schema.StateSchema;
import io.steamgate.state.store.Blob;
import io.steamgate.state.store.DnsAnswer;
import io.steamgate.state.store.DnsQuestion;
import io.steamgate.state.store.Session;
import io.steamgate.state.store.Validity;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.infinispan.client.hotrod.RemoteCache;
import org.infinispan.client.hotrod.RemoteCacheManager;
import org.infinispan.client.hotrod.configuration.ConfigurationBuilder;

/**
 * The library beside the bare Hot Rod client, against the same server in the same process, alternated. Prints lines of round,
 * measure, subject, value and unit, for bench/lib/report.awk.
 */
public final class StateBench {
    private static final int UNDER_WAY = 256;
    private static final int SLICES = 20;
    /** Writes of a slice, in thousands of {@code scale}: some tens of milliseconds. */
    private static final int SLICE = 1_000;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final OperatingSystemMXBean MACHINE =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private static final Lifespan HOUR = Lifespan.of(Duration.ofHours(1));
    private static final DnsQuestion QUESTION = new DnsQuestion("near.example.", 1, 1, false, false);

    private final ClusterState state;
    private final RemoteCacheManager manager;
    private final RemoteCache<DnsQuestion, DnsAnswer> bareDns;
    private final RemoteCache<String, Session> bareSessions;
    private final int scale;
    private long sink;

    private StateBench(String server, int scale) {
        this.scale = scale;
        ClientSettings usual = ClientSettings.of(List.of(server));
        // On a machine with other work a server may be silent for longer than a caller has patience: a refused write is
        // quick.
        ClientSettings settings = new ClientSettings(
                usual.servers(),
                usual.security(),
                PATIENCE,
                PATIENCE,
                usual.budgets(),
                PATIENCE,
                PATIENCE,
                usual.pulse(),
                usual.nearEntries(),
                usual.room());
        state = ClusterState.connect(settings, Rhythm.DEFAULT, InstantSource.system(), CallObserver.NONE);
        while (!state.status().answering()) {
            LockSupport.parkNanos(10_000_000);
        }
        int colon = server.lastIndexOf(':');
        ConfigurationBuilder builder = new ConfigurationBuilder().addContextInitializer(StateSchema.instance());
        builder.addServer().host(server.substring(0, colon)).port(Integer.parseInt(server.substring(colon + 1)));
        builder.statistics().disable();
        builder.disableTracingPropagation();
        manager = new RemoteCacheManager(builder.build());
        bareDns = manager.getCache("dns-cache");
        bareSessions = manager.getCache("sessions");
    }

    public static void main(String[] arguments) {
        StateBench bench = new StateBench(arguments[0], Integer.parseInt(arguments[2]));
        int rounds = Integer.parseInt(arguments[1]);
        bench.prepare();
        // Compilers are to be done with everything first.
        bench.round(0);
        bench.round(0);
        for (int round = 1; round <= rounds; round++) {
            bench.round(round);
        }
        bench.state.close();
        bench.manager.close();
        if (bench.sink == 42) {
            System.out.println();
        }
    }

    private static DnsAnswer answer() {
        Instant now = InstantSource.system().instant();
        return new DnsAnswer(Blob.of(new byte[120]), now, now.plusSeconds(3000), false, now.plusSeconds(3600));
    }

    private static DnsQuestion question(int number) {
        return new DnsQuestion("host" + number % 20_000 + ".example.", 1, 1, false, false);
    }

    private static Session session(int number) {
        return new Session(
                "bench-" + number % 20_000,
                "node-a",
                Optional.of("anna"),
                Map.of(
                        "name", new Session.Entry("Anna", Validity.PERSISTENT),
                        "text", new Session.Entry("x".repeat(200), new Validity.Requests(3))));
    }

    private void prepare() {
        state.dnsCache().put(QUESTION, answer()).join();
        for (int i = 0; i < 20_000; i++) {
            bareSessions.put(session(i).id(), session(i), 1, TimeUnit.HOURS);
        }
    }

    private static void record(int round, String measure, String subject, double value, String unit) {
        if (round > 0) {
            System.out.printf("%d\t%s\t%s\t%.3f\t%s%n", round, measure, subject, value, unit);
        }
    }

    private void round(int round) {
        boolean first = round % 2 == 0;
        record(round, "near-get-p50", "steamgate", near(), "us");
        for (int i = 0; i < 2; i++) {
            boolean library = first == (i == 0);
            String subject = library ? "steamgate" : "bare";
            int calls = 4_000 * scale;
            // Sessions are not kept near; on one server every cache has one owner.
            record(
                    round,
                    "get-p50",
                    subject,
                    median(
                            calls,
                            library
                                    ? this::libraryGet
                                    : n -> bareSessions.getWithMetadata(
                                            session(n).id())),
                    "us");
            record(
                    round,
                    "put-p50",
                    subject,
                    median(
                            calls,
                            library
                                    ? n -> state.dnsCache()
                                            .put(question(n), answer())
                                            .join()
                                    : n -> bareDns.put(question(n), answer(), 3600, TimeUnit.SECONDS)),
                    "us");
        }
        writes(round, first);
    }

    private Object libraryGet(int number) {
        return state.sessions().get(session(number).id()).join();
    }

    /** A clock costs tens of nanoseconds: 32 reads are timed at once. */
    private double near() {
        long[] nanos = new long[2_000 * scale];
        for (int i = 0; i < nanos.length; i++) {
            long startedAt = System.nanoTime();
            for (int j = 0; j < 32; j++) {
                sink += state.dnsCache().get(QUESTION).join().found().isPresent() ? 1 : 0;
            }
            nanos[i] = (System.nanoTime() - startedAt) / 32;
        }
        Arrays.sort(nanos);
        return nanos[nanos.length / 2] / 1e3;
    }

    private double median(int calls, IntFunction<Object> call) {
        long[] nanos = new long[calls];
        for (int i = 0; i < calls; i++) {
            long startedAt = System.nanoTime();
            Object result = call.apply(i * 7919);
            nanos[i] = System.nanoTime() - startedAt;
            sink += result == null ? 0 : 1;
        }
        Arrays.sort(nanos);
        return nanos[calls / 2] / 1e3;
    }

    /**
     * Rates hang on what else the machine does, which changes within seconds: short slices of both alternate, and are added up. Processor
     * time and allocation, both of the whole process, hardly do.
     */
    private void writes(int round, boolean first) {
        Writes library = new Writes("steamgate", n -> state.sessions().put(session(n), HOUR));
        Writes bare = new Writes("bare", n -> {
            Session session = session(n);
            return bareSessions.putAsync(session.id(), session, 1, TimeUnit.HOURS);
        });
        for (int slice = 0; slice < SLICES; slice++) {
            boolean libraryFirst = first == (slice % 2 == 0);
            (libraryFirst ? library : bare).slice(slice);
            (libraryFirst ? bare : library).slice(slice);
        }
        library.record(round);
        bare.record(round);
    }

    private final class Writes {
        private final int calls = SLICE * scale;
        private final String subject;
        private final IntFunction<CompletableFuture<?>> call;
        private final AtomicInteger failed = new AtomicInteger();
        private long nanos;
        private long cpuNanos;
        private long bytes;

        private Writes(String subject, IntFunction<CompletableFuture<?>> call) {
            this.subject = subject;
            this.call = call;
        }

        private void slice(int slice) {
            Semaphore room = new Semaphore(UNDER_WAY);
            long cpu = MACHINE.getProcessCpuTime();
            long allocated = THREADS.getTotalThreadAllocatedBytes();
            long startedAt = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                room.acquireUninterruptibly();
                var unused = call.apply(slice * calls + i).whenComplete((result, failure) -> {
                    room.release();
                    if (failure != null || result instanceof Ack ack && !ack.done()) {
                        failed.incrementAndGet();
                    }
                });
            }
            room.acquireUninterruptibly(UNDER_WAY);
            nanos += System.nanoTime() - startedAt;
            cpuNanos += MACHINE.getProcessCpuTime() - cpu;
            bytes += THREADS.getTotalThreadAllocatedBytes() - allocated;
        }

        private void record(int round) {
            if (failed.get() > 0) {
                throw new IllegalStateException(failed + " writes failed: what is measured is not writing");
            }
            int written = SLICES * calls;
            StateBench.record(round, "session-writes", subject, written / (nanos / 1e9), "writes/s");
            StateBench.record(round, "session-write-cpu", subject, cpuNanos / 1e3 / written, "us");
            StateBench.record(round, "session-write-allocated", subject, (double) bytes / written, "bytes");
        }
    }
}
