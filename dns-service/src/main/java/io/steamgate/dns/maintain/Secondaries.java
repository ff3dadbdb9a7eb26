package io.steamgate.dns.maintain;

import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.Zone;
import io.steamgate.dns.zone.ZoneCopies;
import io.steamgate.dns.zone.ZoneDirectory;
import io.steamgate.dns.zone.Zones;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The zones that are copied from primaries, kept like them: by the clock, and when a primary says that something changed. */
public final class Secondaries implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Secondaries.class);
    private static final int AT_ONCE = 4;

    /** What came of asking a primary. */
    public enum Outcome {
        CURRENT,
        FULL,
        INCREMENTAL,
        /** It has an older version than this node: another primary may have a newer one. */
        OLDER,
        /** No connection, or no answer in time. */
        UNREACHABLE,
        /** The connection ended, or fell silent, in the middle of a transfer. */
        BROKEN_OFF,
        /** A code other than NOERROR, or an answer without authority. */
        REFUSED,
        /** A signature is missing or wrong, ours in its eyes or its own in ours. */
        BAD_SIGNATURE,
        /** What came is no answer to what was asked, or makes no zone. */
        MALFORMED,
        /** More than is taken. */
        TOO_LARGE
    }

    /** What came of a notification. */
    public enum Notification {
        TAKEN,
        NOT_A_PRIMARY,
        UNKNOWN_ZONE
    }

    /**
     * What holds for all of them.
     *
     * @param minRefresh bound from below on the times that SOA records say
     * @param patience how long a primary may take to connect, or for its next message
     * @param maxBytes what a zone may weigh: octets of its records, and 64 for each
     */
    public record Settings(Duration minRefresh, Duration patience, long maxBytes) {}

    private final Map<String, SecondaryZone> byOrigin = new LinkedHashMap<>();
    private final Settings settings;
    private final LongAdder[] outcomes = adders(Outcome.values().length);
    private final LongAdder[] notifications = adders(Notification.values().length);
    private final Semaphore places = new Semaphore(AT_ONCE);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    public Secondaries(
            List<SecondaryZone.Source> sources,
            Settings settings,
            Zones zones,
            Optional<ZoneCopies> copies,
            InstantSource clock,
            RandomGenerator random) {
        this.settings = settings;
        for (SecondaryZone.Source source : sources) {
            byOrigin.put(
                    Names.text(source.origin()),
                    new SecondaryZone(source, zones, copies.orElseThrow(), clock, random, settings.minRefresh()));
        }
    }

    private static LongAdder[] adders(int count) {
        LongAdder[] adders = new LongAdder[count];
        Arrays.setAll(adders, i -> new LongAdder());
        return adders;
    }

    /** Looks at the clock once: ends what has expired, and begins to ask where it is time, for what waits longest first. */
    public void turn() {
        byOrigin.values().forEach(SecondaryZone::expire);
        record Due(Instant since, SecondaryZone zone) {}
        // Times change meanwhile: an order is of those there were when it was made.
        List<SecondaryZone> due = byOrigin.values().stream()
                .filter(SecondaryZone::isDue)
                .map(zone -> new Due(zone.nextAt(), zone))
                .sorted(Comparator.comparing(Due::since))
                .map(Due::zone)
                .toList();
        for (SecondaryZone zone : due) {
            if (!places.tryAcquire()) {
                return;
            }
            List<InetSocketAddress> primaries = zone.begin();
            try {
                executor.execute(() -> {
                    try {
                        refresh(zone, primaries);
                    } finally {
                        places.release();
                    }
                });
            } catch (RejectedExecutionException e) {
                // Closed.
                return;
            }
        }
    }

    private void refresh(SecondaryZone zone, List<InetSocketAddress> primaries) {
        try {
            for (InetSocketAddress primary : primaries) {
                if (refresh(zone, primary)) {
                    return;
                }
            }
        } catch (RuntimeException | Error e) {
            // Errors too: a zone that was begun and never ended would not be looked after again.
            LOG.errorf(e, "zone %s could not be copied; this is a bug, please report it", zone);
        }
        zone.failed();
    }

    /** Whether nobody else need be asked. */
    private boolean refresh(SecondaryZone zone, InetSocketAddress primary) {
        Optional<Zone> before = zone.zone();
        try (TransferClient client = client(zone, primary)) {
            if (before.isPresent()) {
                long theirs = client.serial();
                if (theirs == before.get().serial()) {
                    count(Outcome.CURRENT);
                    zone.isCurrent();
                    return true;
                }
                if (!ZoneDirectory.isNewer(theirs, before.get().serial())) {
                    count(Outcome.OLDER);
                    LOG.warnf(
                            "zone %s: %s has serial %d, older than %d here",
                            zone, primary, theirs, before.get().serial());
                    return false;
                }
                if (changes(zone, before.get(), primary, client)) {
                    return true;
                }
            } else {
                whole(zone, primary, client);
                return true;
            }
        } catch (TransferException e) {
            failed(zone, primary, e);
            return false;
        }
        // What changed could not be had, or does not fit: all of it, on a connection that nothing is left on.
        try (TransferClient client = client(zone, primary)) {
            whole(zone, primary, client);
            return true;
        } catch (TransferException e) {
            failed(zone, primary, e);
            return false;
        }
    }

    /** Whether that brought the zone forward; otherwise the whole of it may. */
    private boolean changes(SecondaryZone zone, Zone before, InetSocketAddress primary, TransferClient client)
            throws TransferException {
        try {
            Optional<TransferClient.Received> received = client.changes(before);
            received.ifPresent(zoneReceived -> take(zone, zoneReceived, primary));
            return received.isPresent();
        } catch (TransferException e) {
            if (e.outcome() == Outcome.BROKEN_OFF || e.outcome() == Outcome.BAD_SIGNATURE) {
                throw e;
            }
            // Some know no IXFR and tell it by a code or by hanging up; and where the changes do not fit, all of it
            // does.
            failed(zone, primary, e);
            return false;
        }
    }

    private void whole(SecondaryZone zone, InetSocketAddress primary, TransferClient client) throws TransferException {
        TransferClient.Received received = client.whole();
        Optional<Zone> before = zone.zone();
        if (before.isPresent()
                && !ZoneDirectory.isNewer(received.zone().serial(), before.get().serial())) {
            throw new TransferException(Outcome.OLDER, "its zone is older than the serial that it told");
        }
        take(zone, received, primary);
    }

    private void take(SecondaryZone zone, TransferClient.Received received, InetSocketAddress primary) {
        count(received.incremental() ? Outcome.INCREMENTAL : Outcome.FULL);
        zone.received(received.zone(), received.incremental() ? "changes" : "all", primary);
    }

    private TransferClient client(SecondaryZone zone, InetSocketAddress primary) throws TransferException {
        SecondaryZone.Source source = zone.source();
        return new TransferClient(primary, source.origin(), source.key(), settings.patience(), settings.maxBytes());
    }

    private void failed(SecondaryZone zone, InetSocketAddress primary, TransferException e) {
        count(e.outcome());
        LOG.warnf("zone %s from %s: %s", zone, primary, e.getMessage());
    }

    private void count(Outcome outcome) {
        outcomes[outcome.ordinal()].increment();
    }

    private void count(Notification notification) {
        notifications[notification.ordinal()].increment();
    }

    /** Hears that a zone has changed (RFC 1996 §3.7 to §3.11): from its primaries, or signed with its key. */
    int notified(Message message, byte[] address, Keyring.Signature signature) {
        if (message.getQuestion().getType() != Type.SOA || message.getQuestion().getDClass() != DClass.IN) {
            return Rcode.FORMERR;
        }
        SecondaryZone zone =
                byOrigin.get(Names.text(message.getQuestion().getName().toWireCanonical()));
        if (zone == null) {
            count(Notification.UNKNOWN_ZONE);
            return Rcode.NOTAUTH;
        }
        boolean signed = signature instanceof Keyring.Valid valid
                && zone.source()
                        .key()
                        .filter(key -> key.name().equals(valid.name()))
                        .isPresent();
        if (!signed && !zone.isPrimary(address)) {
            count(Notification.NOT_A_PRIMARY);
            return Rcode.REFUSED;
        }
        count(Notification.TAKEN);
        zone.notified(address);
        return Rcode.NOERROR;
    }

    public List<SecondaryZone> zones() {
        return List.copyOf(byOrigin.values());
    }

    /** Visits the sum of each outcome. */
    public void eachOutcome(BiConsumer<Outcome, LongAdder> visitor) {
        for (Outcome outcome : Outcome.values()) {
            visitor.accept(outcome, outcomes[outcome.ordinal()]);
        }
    }

    /** Visits the sum of notifications by what came of them. */
    public void eachNotification(BiConsumer<Notification, LongAdder> visitor) {
        for (Notification notification : Notification.values()) {
            visitor.accept(notification, notifications[notification.ordinal()]);
        }
    }

    /** Zones whose primaries are being asked. */
    public int running() {
        return AT_ONCE - places.availablePermits();
    }

    /** Zones of which there is nothing to serve. */
    public long unserved() {
        return byOrigin.values().stream().filter(zone -> !zone.isServed()).count();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
