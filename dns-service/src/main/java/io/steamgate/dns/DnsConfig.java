package io.steamgate.dns;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import io.steamgate.dns.resolve.IpPreference;
import io.steamgate.start.TrueOrFalse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Settings of the DNS service; README.md lists them. */
@ConfigMapping(prefix = "steamgate.dns")
public interface DnsConfig {
    /** Addresses and ports that queries are taken at, by datagram and by stream; 0.0.0.0 stands for every address there is. */
    @WithDefault("0.0.0.0:53")
    List<String> listen();

    /** Event loops that queries are answered on; 0: one for each core. */
    @WithDefault("0")
    int threads();

    /** Address blocks of edges: what comes from one of them begins with a PROXY version 2 header. */
    Optional<List<String>> trustedEdges();

    /** Address blocks whose questions are answered at all. */
    @WithDefault("0.0.0.0/0,::/0")
    List<String> allowQuery();

    /** Address blocks whose questions are answered from elsewhere. */
    @WithDefault("127.0.0.0/8,::1/128")
    List<String> allowRecursion();

    /** What clients that ask for it (NSID) are told about this node. */
    Optional<String> identity();

    /** One query in so many is logged; 0: none. */
    @WithDefault("0")
    int queryLog();

    /** Largest datagram that is sent, in octets. */
    @WithDefault("1232")
    int udpSize();

    /** 32 hexadecimal digits that server cookies are made with, the same on every node; by chance where there is none. */
    Optional<String> cookieSecret();

    /** Keys that messages are signed with (TSIG), by name. */
    Map<String, Key> keys();

    Rate rate();

    Streams streams();

    Secure tls();

    Secure https();

    Zones zones();

    Cache cache();

    Forward forward();

    Iterate iterate();

    Transfer transfer();

    Update update();

    Secondary secondary();

    Cluster cluster();

    /** Response rate limiting of datagrams from zones, and of errors. */
    interface Rate {
        /** Responses of one kind that a network is sent in a second; 0: no limit. */
        @WithDefault("200")
        int perSecond();

        /** Every how manieth response over the limit is sent truncated instead of not at all; 0: none. */
        @WithDefault("2")
        int slip();
    }

    /** Connections. */
    interface Streams {
        /** How many may be open at once. */
        @WithDefault("4096")
        int max();

        /** After how long without a query one is closed. */
        @WithDefault("10s")
        Duration idle();
    }

    /** Queries that nobody on the way can read. The certificate is that of the TLS configuration named {@code dns}. */
    interface Secure {
        /** Addresses and ports; none by default. */
        Optional<List<String>> listen();
    }

    /** Zones from master files. */
    interface Zones {
        /** Directory whose files named {@code ORIGIN.zone} are served. */
        Optional<String> directory();

        /** How often the directory is looked at for changes. */
        @WithDefault("5s")
        Duration recheck();
    }

    /** Answers that were fetched. */
    interface Cache {
        /** How many this node keeps. */
        @WithDefault("200000")
        int entries();

        /** What they may weigh together, in bytes. */
        @WithDefault("67108864")
        long bytes();

        /** Bound on times to live from below. */
        @WithDefault("0s")
        Duration minTtl();

        /** Bound on times to live from above. */
        @WithDefault("1d")
        Duration maxTtl();

        /** Bound on how long it is remembered that something does not exist. */
        @WithDefault("1h")
        Duration maxNegativeTtl();

        /** How long it is remembered that nobody had an answer. */
        @WithDefault("5s")
        Duration failureTtl();

        /** How long an answer that ran out is kept, to be given when there is no better one; 0s: not at all. */
        @WithDefault("1d")
        Duration stale();

        /** Uses after which an answer is fetched again shortly before it runs out; 0: never. */
        @WithDefault("3")
        int prefetch();
    }

    /** Servers that answer what is neither in a zone nor in the cache. */
    interface Forward {
        /** {@code 192.0.2.1:53}, {@code tcp://192.0.2.1:53}, or {@code tls://192.0.2.1:853#dns.example}; without one there is no recursion. */
        Optional<List<String>> upstreams();

        /** PEM file with the certificates that vouch for those of upstreams; what the JDK trusts without it. */
        Optional<String> certificates();

        /** When a question counts as failed. */
        @WithDefault("5s")
        Duration deadline();

        /** Questions that are under way at once; more fail. */
        @WithDefault("4096")
        int max();
    }

    /** Finding answers from the root on, where no upstream is configured. */
    interface Iterate {
        /** Whether that is done; without it and without upstreams there is no recursion. */
        @WithConverter(TrueOrFalse.class)
        @WithDefault("true")
        boolean enabled();

        /** Whether answers are validated (DNSSEC). */
        @WithConverter(TrueOrFalse.class)
        @WithDefault("true")
        boolean validate();

        /** Master file with the NS, A and AAAA records of the root; the world's by default. */
        Optional<String> rootHints();

        /** Master file with the DS records of the root; the world's by default. */
        Optional<String> trustAnchors();

        /** Port that name servers are asked at. */
        @WithDefault("53")
        int port();

        /** Which versions of IP they are asked by, and by which first. */
        @WithDefault("any")
        IpPreference ip();
    }

    /** A key. */
    interface Key {
        /** Its algorithm. */
        @WithDefault("hmac-sha256")
        String algorithm();

        /** The secret, at least 16 octets, in base 64. */
        String secret();
    }

    /** Who may have copies of zones, and who is told that there are new ones. */
    interface Transfer {
        /** Address blocks that may have whole zones. */
        Optional<List<String>> allow();

        /** Names of keys with which anybody may. */
        Optional<List<String>> keys();

        /** Servers that are notified of changes. */
        Optional<List<String>> notified();
    }

    /** Who may change zones. */
    interface Update {
        /** Origins of the zones from files that may be changed; their files are written anew then. */
        Optional<List<String>> zones();

        /** Names of the keys that changes must be signed with. */
        Optional<List<String>> keys();
    }

    /** Zones of others, of which this node has copies. */
    interface Secondary {
        /** What is copied, by origin. */
        Map<String, Copied> zones();

        /** Directory for the copies, which outlive this node. */
        @WithDefault("secondary")
        String directory();

        /** Bound from below on the times after which SOA records have a copy looked after. */
        @WithDefault("30s")
        Duration minRefresh();

        /** How long a primary may take to connect, and for its next message. */
        @WithDefault("10s")
        Duration timeout();

        /** What one zone may weigh: the octets of its records, and 64 for each. */
        @WithDefault("67108864")
        long maxBytes();
    }

    /** A zone that is copied. */
    interface Copied {
        /** Servers that it is copied from, asked in this order. */
        List<String> primaries();

        /** Name of the key that questions to them, and their answers, are signed with. */
        Optional<String> key();
    }

    /** The zones that tell where this cluster and others are. */
    interface Cluster {
        /** The domain that the clusters serve names of; without one there is no cluster zone. */
        Optional<String> domain();

        /** Label of the name that the world is served at. */
        @WithDefault("cloud")
        String cloud();

        /** Label of the name that leads there. */
        @WithDefault("steam")
        String steam();

        /** This cluster's own name among the clusters: letters, digits, hyphens. */
        Optional<String> id();

        /** Name of the key that all clusters sign with. */
        Optional<String> key();

        /** Other clusters to register with; those that they list are found by themselves. */
        Optional<List<String>> peers();

        /** The public address, set by hand; otherwise it is asked for. */
        Optional<String> address();

        /** Who is asked for the public address beside the other clusters. */
        Optional<List<String>> addressSources();

        /** Directory for what must outlive this node: its public address, and which clusters there are. */
        @WithDefault("state")
        String state();

        /** Port that clusters answer each other at. */
        @WithDefault("53")
        int port();

        /** How often every cluster is asked whether it is there. */
        @WithDefault("5s")
        Duration interval();

        /** After how long without an answer a cluster is no longer listed. */
        @WithDefault("20s")
        Duration silence();

        /** Time to live of addresses. */
        @WithDefault("30s")
        Duration addressTtl();

        /**
         * Time to live of the addresses that name servers have, steam's among them, once there are two clusters: resolvers find a living one by them
         * while the parent zone names a dead one. A cluster that is alone uses {@code address-ttl}.
         */
        @WithDefault("1h")
        Duration serverTtl();

        /** Time to live of NS and SOA. */
        @WithDefault("1d")
        Duration authorityTtl();

        /** Whether answers tell the name servers and their addresses only to who asks for them. */
        @WithConverter(TrueOrFalse.class)
        @WithDefault("false")
        boolean minimalResponses();
    }
}
