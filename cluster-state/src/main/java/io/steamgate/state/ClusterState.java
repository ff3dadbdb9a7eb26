package io.steamgate.state;

import io.steamgate.state.call.CallObserver;
import io.steamgate.state.call.Ticks;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.hotrod.HotRodClient;
import io.steamgate.state.member.Membership;
import io.steamgate.state.member.Pace;
import io.steamgate.state.member.Rhythm;
import io.steamgate.state.store.Births;
import io.steamgate.state.store.CacheName;
import io.steamgate.state.store.Clusters;
import io.steamgate.state.store.DnsCache;
import io.steamgate.state.store.Flows;
import io.steamgate.state.store.Nodes;
import io.steamgate.state.store.Pieces;
import io.steamgate.state.store.Sessions;
import io.steamgate.state.store.SipLocation;
import io.steamgate.state.store.Tallies;
import java.time.InstantSource;

/**
 * All that a cluster shares, over one connection. In a service it is a bean, and so is each of its stores; elsewhere
 * {@link #connect} makes one.
 */
public final class ClusterState implements AutoCloseable {
    private final HotRodClient client;
    private final Clusters clusters;
    private final DnsCache dnsCache;
    private final Sessions sessions;
    private final Pieces pieces;
    private final Flows flows;
    private final SipLocation sipLocation;
    private final Tallies tallies;
    private final Membership membership;

    private ClusterState(HotRodClient client, Rhythm rhythm, InstantSource clock) {
        this.client = client;
        clusters = new Clusters(client.cache(CacheName.CLUSTERS));
        dnsCache = new DnsCache(client.cache(CacheName.DNS_CACHE), clock);
        sessions = new Sessions(client.cache(CacheName.SESSIONS));
        pieces = new Pieces(client.cache(CacheName.PIECES), client.cache(CacheName.PAGES), clock);
        flows = new Flows(client.cache(CacheName.FLOWS));
        sipLocation = new SipLocation(client.cache(CacheName.SIP_LOCATION), clock);
        tallies = new Tallies(client.cache(CacheName.TALLIES), clock);
        membership = new Membership(
                new Nodes(client.cache(CacheName.NODES)),
                new Births(client.cache(CacheName.BIRTHS)),
                rhythm,
                clock,
                client.configured() ? Pace.thread() : Pace.never());
    }

    /** Connects in the background and returns at once; until there is a connection every call is answered as unavailable. */
    public static ClusterState connect(
            ClientSettings settings, Rhythm rhythm, InstantSource clock, CallObserver observer) {
        return new ClusterState(new HotRodClient(settings, Ticks.SYSTEM, observer), rhythm, clock);
    }

    public Clusters clusters() {
        return clusters;
    }

    public DnsCache dnsCache() {
        return dnsCache;
    }

    public Sessions sessions() {
        return sessions;
    }

    public Pieces pieces() {
        return pieces;
    }

    public Flows flows() {
        return flows;
    }

    public SipLocation sipLocation() {
        return sipLocation;
    }

    public Tallies tallies() {
        return tallies;
    }

    public Membership membership() {
        return membership;
    }

    /** Whether there are servers to share anything with; without, every call is answered as unavailable at once. */
    public boolean configured() {
        return client.configured();
    }

    /** Whether the servers answer, and if not what is wrong. */
    public HotRodClient.Status status() {
        return client.status();
    }

    HotRodClient client() {
        return client;
    }

    /** Leaves the cluster if it had joined, which takes no longer than a call, and disconnects. */
    @Override
    public void close() {
        var unused = membership.leave().join();
        membership.close();
        client.close();
    }
}
