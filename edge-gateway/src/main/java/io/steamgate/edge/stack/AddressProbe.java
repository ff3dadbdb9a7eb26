package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;

/** Asks whether anyone uses an address before this stack does (RFC 5227 section 2.1.1). */
public final class AddressProbe {
    /**
     * The constants of RFC 5227 section 1.1, in nanoseconds.
     *
     * @param firstWait longest wait before the first probe; a random part of it is waited
     * @param count probes sent
     * @param least shortest time between probes
     * @param most longest time between probes
     * @param lastWait from the last probe until the address counts as free
     */
    public record Timing(long firstWait, int count, long least, long most, long lastWait) {
        /** As the standard has it: an answer after three to seven seconds. */
        public static final Timing STANDARD = new Timing(
                Clock.NANOS_PER_SECOND,
                3,
                Clock.NANOS_PER_SECOND,
                2 * Clock.NANOS_PER_SECOND,
                2 * Clock.NANOS_PER_SECOND);
        /** For taking over an address whose owner is believed dead: an answer after half a second. */
        public static final Timing FAST = new Timing(
                20 * Clock.NANOS_PER_MILLI,
                3,
                100 * Clock.NANOS_PER_MILLI,
                150 * Clock.NANOS_PER_MILLI,
                200 * Clock.NANOS_PER_MILLI);
    }

    /** Exactly one of the two is told, once, on the poll loop; neither after {@link #cancel}. */
    public interface Outcome {
        /** Nobody answered. The address may be {@linkplain Stack#addAddress added} and announced. */
        void free(Nic nic, Ipv4Address address);

        /** {@code other} uses the address, or probes for it at the same time. */
        void taken(Nic nic, Ipv4Address address, MacAddress other);
    }

    final Nic nic;
    final int address;
    private final Arp arp;
    private final Timers timers;
    private final Randomness randomness;
    private final Timing timing;
    private final Outcome outcome;
    private final Timers.Timer timer = new Timers.Timer(this::timeOut);
    private int sent;

    AddressProbe(
            Nic nic,
            Ipv4Address address,
            Arp arp,
            Timers timers,
            Randomness randomness,
            Timing timing,
            Outcome outcome) {
        this.nic = nic;
        this.address = address.bits();
        this.arp = arp;
        this.timers = timers;
        this.randomness = randomness;
        this.timing = timing;
        this.outcome = outcome;
        timers.armIn(timer, upTo(timing.firstWait()));
    }

    /** Asks no more; the outcome is not told. */
    public void cancel() {
        timers.cancel(timer);
        arp.ended(this);
    }

    void conflict(long otherMac) {
        cancel();
        outcome.taken(nic, new Ipv4Address(address), new MacAddress(otherMac));
    }

    private void timeOut() {
        if (sent == timing.count()) {
            cancel();
            outcome.free(nic, new Ipv4Address(address));
            return;
        }
        sent++;
        arp.sender().probe(nic, address);
        timers.armIn(
                timer,
                sent == timing.count() ? timing.lastWait() : timing.least() + upTo(timing.most() - timing.least()));
    }

    private long upTo(long nanos) {
        return Math.floorMod(randomness.nextLong(), nanos + 1);
    }
}
