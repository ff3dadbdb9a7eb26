package io.steamgate.dns.maintain;

import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.Zone;
import io.steamgate.dns.zone.ZoneCopies;
import io.steamgate.dns.zone.Zones;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A zone that is copied from its primaries: when to look there again, and until when the copy is good (RFC 1034 §4.3.5, RFC 1912
 * §2.2). It is never served longer than that.
 */
public final class SecondaryZone {
    private static final Logger LOG = Logger.getLogger(SecondaryZone.class);
    /** Waits of one that has nothing to serve, and so no timers: each is twice the one before. */
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);

    private static final Duration LONGEST_RETRY = Duration.ofHours(1);
    /** Notifications are heard once in so long: who sends a flood of them does not send one on to the primary. */
    private static final Duration CALM = Duration.ofSeconds(1);

    private final Source source;
    private final Zones zones;
    private final ZoneCopies copies;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Duration minRefresh;

    private @Nullable Instant verifiedAt;
    private Instant nextAt;
    private Instant begunAt = Instant.MIN;
    private boolean underWay;
    private boolean notified;
    private byte @Nullable [] notifier;
    private int failures;

    /**
     * What is copied from where.
     *
     * @param origin in lower case
     * @param primaries asked in this order
     * @param key that all messages are signed with
     */
    public record Source(byte[] origin, List<InetSocketAddress> primaries, Optional<Keyring.Key> key) {}

    /** Begins with the copy on disk, if it is still good. */
    SecondaryZone(
            Source source,
            Zones zones,
            ZoneCopies copies,
            InstantSource clock,
            RandomGenerator random,
            Duration minRefresh) {
        this.source = source;
        this.zones = zones;
        this.copies = copies;
        this.clock = clock;
        this.random = random;
        this.minRefresh = minRefresh;
        this.nextAt = clock.instant();
        zones.withhold(source.origin());
        copies.find(source.origin()).ifPresent(this::load);
    }

    private synchronized void load(ZoneCopies.Copy copy) {
        Instant now = clock.instant();
        Instant at = copy.verifiedAt().isAfter(now) ? now : copy.verifiedAt();
        if (at.plus(life(copy.zone())).isAfter(now)) {
            verifiedAt = at;
            zones.put(copy.zone());
        } else {
            LOG.warnf("zone %s: the copy on disk has expired", this);
        }
    }

    Source source() {
        return source;
    }

    /** The version that is served; empty if there is none. */
    Optional<Zone> zone() {
        return zones.find(source.origin());
    }

    /** Looks at the clock: ends the zone where it has expired. */
    synchronized void expire() {
        Optional<Zone> served = zone();
        if (served.isPresent()
                && verifiedAt != null
                && !verifiedAt.plus(life(served.get())).isAfter(clock.instant())) {
            zones.withhold(source.origin());
            LOG.errorf(
                    "zone %s has expired: no primary has been there since %s; it is answered with SERVFAIL",
                    this, verifiedAt);
        }
    }

    /** An expiry below its own refresh would end a zone that nobody has looked after yet. */
    private static Duration life(Zone zone) {
        return Duration.ofSeconds(Math.max(zone.expire(), zone.refresh() + zone.retry()));
    }

    /** Whether it is time to ask. */
    synchronized boolean isDue() {
        return !underWay && !nextAt.isAfter(clock.instant());
    }

    /** Since when it is time, or from when on it will be. */
    synchronized Instant nextAt() {
        return nextAt;
    }

    /** Begins to ask; the primaries in their order, but first who has notified. */
    synchronized List<InetSocketAddress> begin() {
        underWay = true;
        notified = false;
        begunAt = clock.instant();
        List<InetSocketAddress> order = new ArrayList<>(source.primaries());
        byte[] first = notifier;
        notifier = null;
        if (first != null) {
            order.sort(Comparator.comparing(primary -> !isAt(primary, first)));
        }
        return order;
    }

    /** A primary has the version that is here. */
    synchronized void isCurrent() {
        Instant now = clock.instant();
        zone().ifPresent(zone -> {
            verifiedAt = now;
            copies.verified(source.origin(), now);
        });
        end(now);
    }

    /** A new version has come. */
    void received(Zone zone, String how, InetSocketAddress primary) {
        Instant now = clock.instant();
        // Takes long for a large zone: who looks at the clock, or has a notification heard, shall not wait for it.
        copies.keep(zone, now);
        serve(zone, now);
        LOG.infof(
                "zone %s: serial %d, %d records, %s from %s",
                this,
                zone.serial(),
                zone.records().size(),
                how,
                primary.getAddress().getHostAddress());
    }

    private synchronized void serve(Zone zone, Instant now) {
        verifiedAt = now;
        zones.put(zone);
        end(now);
    }

    private void end(Instant now) {
        failures = 0;
        long seconds = zone().map(Zone::refresh).orElse(0L);
        // Zones that came together shall not go on asking together.
        long millis = Math.max(seconds * 1000 - random.nextLong(seconds * 100 + 1), minRefresh.toMillis());
        next(now.plusMillis(millis));
    }

    /** No primary could be asked. */
    synchronized void failed() {
        Duration doubled = FIRST_RETRY.multipliedBy(1L << failures);
        failures = Math.min(failures + 1, 16);
        Duration wait = zone().map(zone -> Duration.ofSeconds(Math.max(zone.retry(), minRefresh.toSeconds())))
                .orElse(doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY);
        next(clock.instant().plus(wait));
    }

    private void next(Instant at) {
        underWay = false;
        nextAt = notified ? begunAt.plus(CALM) : at;
    }

    /** Whether an address is one of the primaries'. */
    boolean isPrimary(byte[] address) {
        return source.primaries().stream().anyMatch(primary -> isAt(primary, address));
    }

    private static boolean isAt(InetSocketAddress primary, byte[] address) {
        InetAddress known = primary.getAddress();
        return Arrays.equals(known.getAddress(), address);
    }

    /** A primary at that address says that there is a new version. */
    synchronized void notified(byte[] address) {
        notifier = address;
        notified = true;
        if (!underWay) {
            nextAt = begunAt.plus(CALM);
        }
    }

    public String name() {
        return Names.text(source.origin());
    }

    /** Serial of what is served; not a number where nothing is. */
    public double serial() {
        return zone().map(zone -> (double) zone.serial()).orElse(Double.NaN);
    }

    /** Seconds since a primary was last known to have what is served; not a number where nothing is. */
    public synchronized double age() {
        return zone().isEmpty() || verifiedAt == null
                ? Double.NaN
                : Duration.between(verifiedAt, clock.instant()).toMillis() / 1000.0;
    }

    public boolean isServed() {
        return zone().isPresent();
    }

    @Override
    public String toString() {
        return name();
    }
}
