package io.steamgate.dns.cluster;

import io.steamgate.dns.wire.Dns;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Update;

/** What is said to another cluster: signed, by stream, and only believed if it is signed as well. Calls wait for the answer. */
final class OtherCluster {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final InetSocketAddress address;
    private final TSIG key;

    OtherCluster(InetSocketAddress address, TSIG key) {
        this.address = address;
        this.key = key;
    }

    /** A list and how long it took to get it. */
    record Listed(List<KnownCluster.Told> clusters, Duration roundTrip) {}

    /** The clusters that it lists; empty if it does not answer as a cluster of ours. */
    Optional<Listed> list(ClusterNames names) {
        try {
            long started = System.nanoTime();
            Message answer = send(Message.newQuery(Record.newRecord(new Name(names.list()), Dns.TXT, DClass.IN)));
            Duration roundTrip = Duration.ofNanos(System.nanoTime() - started);
            if (answer.getRcode() != Dns.NOERROR || !answer.isVerified()) {
                return Optional.empty();
            }
            List<KnownCluster.Told> told = new ArrayList<>();
            for (Record record : answer.getSection(org.xbill.DNS.Section.ANSWER)) {
                if (record instanceof TXTRecord text) {
                    KnownCluster.parse(String.join("", text.getStrings())).ifPresent(told::add);
                }
            }
            return Optional.of(new Listed(told, roundTrip));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Asks to be listed; whether that was taken well. */
    boolean register(ClusterNames names, String id, InetAddress self) {
        try {
            Update update = new Update(new Name(names.cloud()));
            Name owner = new Name(ClusterNames.server(id, names.cloud()));
            update.add(
                    self.getAddress().length == 4
                            ? new ARecord(owner, DClass.IN, 60, self)
                            : new AAAARecord(owner, DClass.IN, 60, self));
            Message answer = send(update);
            return answer.isVerified() && answer.getRcode() == Dns.NOERROR;
        } catch (IOException e) {
            return false;
        }
    }

    private Message send(Message message) throws IOException {
        SimpleResolver resolver = new SimpleResolver(address);
        resolver.setTCP(true);
        resolver.setTimeout(PATIENCE);
        resolver.setTSIGKey(key);
        return resolver.send(message);
    }
}
