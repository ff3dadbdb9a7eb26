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
 * the least loaded and nearest first. Every answer tells the name servers too, so that resolvers know all of them when the one
 * that the parent zone names is dead.
 *
 * @param minimal whether answers tell them only to who asks
 */
public record ClusterZones(ClusterNames names, Ttls ttls, boolean minimal) {
    /**
     * Times to live.
     *
     * @param address of addresses and of what is told to clusters: short, since they come and go
     * @param server of the addresses of name servers, once there are two: longer, so that resolvers find the living
     * @param authority of NS and SOA
     */
    public record Ttls(Duration address, Duration server, Duration authority) {}

    /** @param live in the order that clients shall see; the first is the primary in SOA */
    List<Zone> build(List<KnownCluster> live, String self, long serial) {
        return List.of(zone(names.cloud(), live, self, serial, true), zone(names.steam(), live, self, serial, false));
    }

    private Zone zone(byte[] origin, List<KnownCluster> live, String self, long serial, boolean list) {
        int authority = (int) ttls.authority().toSeconds();
        int address = (int) ttls.address().toSeconds();
        // Whoever is alone may have an address that changes, and nobody to be found by meanwhile but the parent zone.
        int glue = live.size() < 2 ? address : (int) ttls.server().toSeconds();
        List<Rr> records = new ArrayList<>();
        records.add(new Rr(origin, Dns.SOA, authority, soa(origin, self, serial, address)));
        for (KnownCluster cluster : live) {
            byte[] server = ClusterNames.server(cluster.id(), origin);
            records.add(new Rr(origin, Dns.NS, authority, server));
            records.add(address(server, cluster, glue));
        }
        for (KnownCluster cluster : live) {
            // The parent zone delegates the one by the other's name: steam's addresses are those of name servers.
            records.add(address(origin, cluster, list ? address : glue));
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
        return minimal ? Zone.of(origin, records) : Zone.tellingServers(origin, records);
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
