package io.steamgate.dns.cluster;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.zone.Zone;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the zones that tell the world where the clusters are. Every live cluster is a name server of both and an address of both,
 * the least loaded and nearest first.
 *
 * @param addressTtl of the addresses that the world is served at: short, since they come and go
 * @param serverTtl of the addresses of name servers, which those of {@code steam} are too: for as long as a resolver that remembers
 *     them finds a living cluster though the parent zone names a dead one
 * @param authorityTtl of NS and SOA
 * @param minimal whether answers are sent without the name servers
 */
record ClusterZones(
        ClusterNames names, Duration addressTtl, Duration serverTtl, Duration authorityTtl, boolean minimal) {
    /** @param live in the order that clients shall see; the first is the primary in SOA */
    List<Zone> build(List<KnownCluster> live, String self, long serial) {
        return List.of(zone(names.cloud(), live, self, serial, true), zone(names.steam(), live, self, serial, false));
    }

    private Zone zone(byte[] origin, List<KnownCluster> live, String self, long serial, boolean list) {
        int authority = (int) authorityTtl.toSeconds();
        int server = (int) serverTtl.toSeconds();
        int address = list ? (int) addressTtl.toSeconds() : server;
        List<Rr> records = new ArrayList<>();
        records.add(new Rr(origin, Dns.SOA, authority, soa(origin, self, serial, (int) addressTtl.toSeconds())));
        for (KnownCluster cluster : live) {
            byte[] name = ClusterNames.server(cluster.id(), origin);
            records.add(new Rr(origin, Dns.NS, authority, name));
            records.add(address(name, cluster, server));
        }
        for (KnownCluster cluster : live) {
            records.add(address(origin, cluster, address));
        }
        if (list) {
            for (KnownCluster cluster : live) {
                byte[] text = cluster.text(cluster.id().equals(self)).getBytes(StandardCharsets.US_ASCII);
                byte[] rdata = new byte[text.length + 1];
                rdata[0] = (byte) text.length;
                System.arraycopy(text, 0, rdata, 1, text.length);
                records.add(new Rr(names.list(), Dns.TXT, 0, rdata));
            }
        }
        Zone zone = Zone.of(origin, records);
        return minimal ? zone : zone.tellingServers();
    }

    private static Rr address(byte[] owner, KnownCluster cluster, int ttl) {
        byte[] octets = cluster.address().getAddress();
        return new Rr(owner, octets.length == 4 ? Dns.A : Dns.AAAA, ttl, octets);
    }

    private static byte[] soa(byte[] origin, String self, long serial, int negative) {
        byte[] primary = ClusterNames.server(self, origin);
        byte[] mailbox = Names.parse("hostmaster." + Names.text(origin));
        byte[] rdata = new byte[primary.length + mailbox.length + 20];
        System.arraycopy(primary, 0, rdata, 0, primary.length);
        System.arraycopy(mailbox, 0, rdata, primary.length, mailbox.length);
        int at = primary.length + mailbox.length;
        Dns.put32(rdata, at, (int) serial);
        Dns.put32(rdata, at + 4, 3600);
        Dns.put32(rdata, at + 8, 600);
        Dns.put32(rdata, at + 12, 1_209_600);
        Dns.put32(rdata, at + 16, negative);
        return rdata;
    }
}
