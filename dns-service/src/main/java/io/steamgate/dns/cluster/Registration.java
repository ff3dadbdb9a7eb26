package io.steamgate.dns.cluster;

import io.steamgate.dns.maintain.Updates;
import io.steamgate.dns.wire.Names;
import java.net.InetAddress;
import java.util.List;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * Takes updates of the cluster zone: the address of one cluster's own name is a registration, signed with the clusters' key.
 * Everything else in that zone is made, not written, and refused.
 */
public final class Registration implements Updates.Handler {
    private final Clusters clusters;
    private final ClusterNames names;
    private final Name key;

    public Registration(Clusters clusters, ClusterNames names, Name key) {
        this.clusters = clusters;
        this.names = names;
        this.key = key;
    }

    @Override
    public int update(Message update, Name signedWith) {
        List<Record> changes = update.getSection(Section.UPDATE);
        if (!signedWith.equals(key)
                || changes.size() != 1
                || !update.getSection(Section.PREREQ).isEmpty()) {
            return Rcode.REFUSED;
        }
        InetAddress address = switch (changes.getFirst()) {
            case ARecord a -> a.getAddress();
            case AAAARecord aaaa -> aaaa.getAddress();
            default -> InetAddress.getLoopbackAddress();
        };
        String owner = Names.text(changes.getFirst().getName().toWireCanonical());
        String zone = "." + Names.text(names.cloud());
        String id = owner.startsWith("ns-") && owner.endsWith(zone)
                ? owner.substring(3, owner.length() - zone.length())
                : "";
        boolean usable = !address.isAnyLocalAddress()
                && !address.isMulticastAddress()
                && (changes.getFirst() instanceof ARecord || changes.getFirst() instanceof AAAARecord);
        if (changes.getFirst().getDClass() != org.xbill.DNS.DClass.IN
                || !usable
                || id.isEmpty()
                || !KnownCluster.isId(id)) {
            return Rcode.REFUSED;
        }
        clusters.registered(id, address);
        return Rcode.NOERROR;
    }
}
