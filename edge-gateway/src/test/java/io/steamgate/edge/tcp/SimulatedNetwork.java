package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.runtime.Timers.Timer;
import java.util.function.BooleanSupplier;

/** Two TCPs joined by a wire that loses, repeats and reorders as its seed says, in a time of its own. */
final class SimulatedNetwork {
    static final int CLIENT = 0xC000_0202;
    static final int SERVER = 0xC000_020A;

    final ManualClock clock;
    final Timers timers;
    final Randomness randomness;
    final Tcp client;
    final Tcp server;
    final TestIp clientIp;
    final TestIp serverIp;

    /** Per mille. */
    int loss;

    int duplication;
    int reordering;
    int corruption;
    long delay = 5 * Clock.NANOS_PER_MILLI;
    long carried;

    SimulatedNetwork(long seed, TcpSettings settings) {
        this(seed, settings, new ManualClock(Long.MAX_VALUE - 1_000_000_000L));
    }

    SimulatedNetwork(long seed, TcpSettings settings, ManualClock clock) {
        this.clock = clock;
        timers = new Timers(clock);
        randomness = Randomness.seeded(seed);
        clientIp = new TestIp((bytes, source, destination, df) -> carry(bytes, source, destination, true));
        serverIp = new TestIp((bytes, source, destination, df) -> carry(bytes, source, destination, false));
        client = new Tcp(clientIp, timers, randomness, settings);
        server = new Tcp(serverIp, timers, randomness, settings);
    }

    private void carry(byte[] bytes, int source, int destination, boolean toServer) {
        carried++;
        if (chance(loss)) {
            return;
        }
        if (chance(corruption)) {
            bytes[randomness.nextInt(bytes.length)] ^= (byte) (1 << randomness.nextInt(8));
        }
        deliverLater(bytes, source, destination, toServer);
        if (chance(duplication)) {
            deliverLater(bytes, source, destination, toServer);
        }
    }

    private void deliverLater(byte[] bytes, int source, int destination, boolean toServer) {
        long extra = chance(reordering) ? randomness.nextInt(20) * Clock.NANOS_PER_MILLI : 0;
        timers.armIn(
                new Timer(() -> {
                    TestIp ip = toServer ? serverIp : clientIp;
                    (toServer ? server : client).receive(ip.packet(bytes.clone(), source, destination));
                }),
                // The sequence keeps packets of one instant in order: a heap of deadlines alone is not stable.
                delay + extra + ++order);
    }

    private long order;

    private boolean chance(int perMille) {
        return perMille > 0 && randomness.nextInt(1000) < perMille;
    }

    /** Lets time pass until {@code done}, or until {@code seconds} have passed or nothing is left to happen. */
    boolean run(BooleanSupplier done, int seconds) {
        long end = clock.nanos() + seconds * Clock.NANOS_PER_SECOND;
        while (!done.getAsBoolean()) {
            long wait = timers.untilNext();
            if (wait == Long.MAX_VALUE || clock.nanos() + wait - end > 0) {
                return done.getAsBoolean();
            }
            clock.advanceNanos(wait);
            timers.fire();
        }
        return true;
    }

    void pass(int millis) {
        run(() -> false, millis, Clock.NANOS_PER_MILLI);
    }

    private void run(BooleanSupplier done, int count, long unit) {
        long end = clock.nanos() + count * unit;
        for (long wait = timers.untilNext(); wait != Long.MAX_VALUE && clock.nanos() + wait - end <= 0; ) {
            clock.advanceNanos(wait);
            timers.fire();
            wait = timers.untilNext();
        }
        clock.advanceNanos(Math.max(0, end - clock.nanos()));
    }
}
