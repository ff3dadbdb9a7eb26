package io.steamgate.dns.cluster;

import io.steamgate.dns.zone.Zone;
import io.steamgate.dns.zone.Zones;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.DoubleSupplier;
import org.jboss.logging.Logger;
import org.xbill.DNS.TSIG;

/**
 * Keeps the list of clusters: hears of them from registrations and from each other's lists, lists one when it answers for itself,
 * drops it after a silence and lists it again as soon as it answers. Whenever the list changes it makes the zones anew. One thread
 * turns it; others only read what it has published or leave a message.
 */
public final class Clusters {
    private static final Logger LOG = Logger.getLogger(Clusters.class);
    /** More are not heard of: a list that grows without bound is an attack or a mistake. */
    private static final int MAX_KNOWN = 1000;

    private static final Duration ADDRESS_RECHECK = Duration.ofMinutes(5);

    /**
     * Who this cluster is and how patient.
     *
     * @param bootstrap where clusters that are not known yet may be found
     * @param port that clusters answer at
     * @param silence after which a cluster that does not answer is dropped
     * @param sources of the public address, beside the other clusters
     */
    public record Settings(
            String id,
            ClusterNames names,
            TSIG key,
            List<InetSocketAddress> bootstrap,
            int port,
            Duration silence,
            ClusterZones.Ttls ttls,
            boolean minimal,
            Optional<InetAddress> fixedAddress,
            List<String> sources) {}

    private final Settings settings;
    private final Zones zones;
    private final ClusterZones zoneMaker;
    private final ClusterStore store;
    private final PublicAddress publicAddress;
    private final List<PublicAddress.AddressSource> sources;
    private final InstantSource clock;
    private final DoubleSupplier load;
    private final Map<String, KnownCluster> known = new TreeMap<>();
    private final ConcurrentLinkedQueue<KnownCluster> registrations = new ConcurrentLinkedQueue<>();
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private volatile List<KnownCluster> live = List.of();
    private volatile Optional<InetAddress> self = Optional.empty();
    private Instant addressCheckedAt = Instant.EPOCH;
    private long serial;
    private volatile long turns;

    public Clusters(
            Settings settings,
            Zones zones,
            ClusterStore store,
            StateFiles files,
            InstantSource clock,
            DoubleSupplier load) {
        this.settings = settings;
        this.zones = zones;
        this.zoneMaker = new ClusterZones(settings.names(), settings.ttls(), settings.minimal());
        this.store = store;
        this.clock = clock;
        this.load = load;
        this.publicAddress = new PublicAddress(settings.fixedAddress(), files);
        this.sources = settings.sources().stream().map(AddressSources::parse).toList();
    }

    /** The clusters that are listed, this one among them, in the order that clients see. */
    public List<KnownCluster> live() {
        return live;
    }

    public String id() {
        return settings.id();
    }

    public Optional<InetAddress> publicAddress() {
        return self;
    }

    /** Another cluster asks to be listed: it will be once it has answered. May be called by any thread. */
    public void registered(String id, InetAddress address) {
        if (registrations.size() < MAX_KNOWN) {
            registrations.add(KnownCluster.heardOf(id, address));
        }
    }

    /** Whether a registration waits to be looked at. */
    public boolean isWaiting() {
        return !registrations.isEmpty();
    }

    /** One turn: listens to the store, to registrations and to every cluster, and publishes what came of it. */
    public void turn() {
        store.all().ifPresent(all -> all.forEach(this::hear));
        for (KnownCluster cluster = registrations.poll(); cluster != null; cluster = registrations.poll()) {
            LOG.infof(
                    "cluster %s asks to be listed at %s",
                    cluster.id(), cluster.address().getHostAddress());
            hear(cluster);
        }
        checkAddress();
        askAll();
        publish();
        turns++;
    }

    /** How often {@link #turn} went through. */
    public long turns() {
        return turns;
    }

    /** Takes news of a cluster; what is known better already is kept. */
    private void hear(KnownCluster news) {
        KnownCluster before = known.get(news.id());
        if (news.id().equals(settings.id()) || before == null && known.size() >= MAX_KNOWN) {
            return;
        }
        boolean elsewhere = before != null && !before.address().equals(news.address());
        // An address that answers is not given up for one that was only heard of.
        if (before == null
                || news.verifiedAt().isAfter(before.verifiedAt())
                || elsewhere && !before.isLive(clock.instant(), settings.silence())) {
            // How far it is was measured here; others see it from elsewhere.
            known.put(news.id(), before == null || elsewhere ? news : news.at(before.distance()));
        }
    }

    private void checkAddress() {
        Instant now = clock.instant();
        if (self.isPresent() && addressCheckedAt.plus(ADDRESS_RECHECK).isAfter(now)) {
            return;
        }
        addressCheckedAt = now;
        List<PublicAddress.AddressSource> all = new ArrayList<>();
        for (InetSocketAddress peer : peers()) {
            all.add(AddressSources.echo(peer, settings.names().echo()));
        }
        all.addAll(sources);
        publicAddress.check(all);
        self = publicAddress.current();
    }

    private List<InetSocketAddress> peers() {
        List<InetSocketAddress> peers = new ArrayList<>(settings.bootstrap());
        for (KnownCluster cluster : known.values()) {
            InetSocketAddress address = new InetSocketAddress(cluster.address(), settings.port());
            if (!peers.contains(address)) {
                peers.add(address);
            }
        }
        self.ifPresent(own -> peers.remove(new InetSocketAddress(own, settings.port())));
        return peers;
    }

    private void askAll() {
        Map<InetSocketAddress, Future<Optional<OtherCluster.Listed>>> asked = new java.util.LinkedHashMap<>();
        for (InetSocketAddress peer : peers()) {
            OtherCluster other = new OtherCluster(peer, settings.key());
            asked.put(peer, calls.submit(() -> other.list(settings.names())));
        }
        asked.forEach((peer, answer) -> {
            try {
                answer.get().ifPresent(listed -> listen(peer, listed));
            } catch (ExecutionException e) {
                LOG.errorf(e.getCause(), "cluster at %s could not be asked", peer);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** A cluster answered: it is there, and so may be those that it lists. */
    private void listen(InetSocketAddress peer, OtherCluster.Listed listed) {
        boolean knowsUs = false;
        for (KnownCluster.Told told : listed.clusters()) {
            if (told.self()
                    && told.address().equals(peer.getAddress())
                    && !told.id().equals(settings.id())) {
                KnownCluster before = known.getOrDefault(told.id(), KnownCluster.heardOf(told.id(), told.address()));
                KnownCluster there = before.address().equals(told.address())
                        ? before
                        : KnownCluster.heardOf(told.id(), told.address());
                KnownCluster verified = there.verified(clock.instant(), told.load(), listed.roundTrip());
                known.put(told.id(), verified);
                store.put(verified);
            } else if (told.id().equals(settings.id())) {
                knowsUs = self.isPresent() && told.address().equals(self.get());
            } else {
                hear(KnownCluster.heardOf(told.id(), told.address()));
            }
        }
        if (!knowsUs && self.isPresent()) {
            InetAddress own = self.get();
            OtherCluster other = new OtherCluster(peer, settings.key());
            calls.submit(() -> {
                if (!other.register(settings.names(), settings.id(), own)) {
                    LOG.warnf("the cluster at %s does not take this one's registration", peer);
                }
            });
        }
    }

    private void publish() {
        Instant now = clock.instant();
        List<KnownCluster> next = new ArrayList<>();
        self.ifPresent(own -> next.add(new KnownCluster(settings.id(), own, now, load.getAsDouble(), Duration.ZERO)));
        known.values().stream().filter(c -> c.isLive(now, settings.silence())).forEach(next::add);
        next.sort(Comparator.comparingInt(KnownCluster::loadTenths)
                .thenComparing(KnownCluster::distance)
                .thenComparing(KnownCluster::id));
        if (self.isEmpty()) {
            // Whoever does not know where it is cannot be an authority for where the others are.
            return;
        }
        if (!told(next).equals(told(live))
                || zones.find(settings.names().cloud()).isEmpty()) {
            serial = Math.max(serial + 1, now.getEpochSecond());
            for (Zone zone : zoneMaker.build(next, settings.id(), serial)) {
                zones.put(zone);
            }
            if (!members(next).equals(members(live))) {
                LOG.infof("clusters: %s", told(next));
            }
        }
        live = List.copyOf(next);
    }

    private List<String> told(List<KnownCluster> clusters) {
        return clusters.stream().map(c -> c.text(c.id().equals(settings.id()))).toList();
    }

    private static List<String> members(List<KnownCluster> clusters) {
        return clusters.stream()
                .map(c -> c.id() + c.address().getHostAddress())
                .sorted()
                .toList();
    }

    public void close() {
        calls.shutdownNow();
    }
}
