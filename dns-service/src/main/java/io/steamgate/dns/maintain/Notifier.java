package io.steamgate.dns.maintain;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.Zone;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;

/** Tells other servers that a zone has a new version (RFC 1996), again and again until they have heard it. */
public final class Notifier {
    private static final Logger LOG = Logger.getLogger(Notifier.class);
    private static final List<Duration> PATIENCE =
            List.of(Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8), Duration.ofSeconds(16));

    private final List<InetSocketAddress> targets;
    public final LongAdder heard = new LongAdder();
    public final LongAdder unheard = new LongAdder();

    public Notifier(List<InetSocketAddress> targets) {
        this.targets = targets;
    }

    public void changed(Zone zone) {
        for (InetSocketAddress target : targets) {
            Thread.ofVirtual().start(() -> tell(zone, target));
        }
    }

    private void tell(Zone zone, InetSocketAddress target) {
        SimpleResolver resolver = new SimpleResolver(target);
        for (Duration patience : PATIENCE) {
            resolver.setTimeout(patience);
            try {
                Message answer = resolver.send(message(zone));
                if (answer.getHeader().getOpcode() == Dns.OPCODE_NOTIFY) {
                    heard.increment();
                    return;
                }
            } catch (IOException e) {
                LOG.debugf("%s has not heard of zone %s yet: %s", target, Names.text(zone.origin()), e.getMessage());
            }
        }
        unheard.increment();
        LOG.warnf("%s does not answer notifications of zone %s", target, Names.text(zone.origin()));
    }

    private static Message message(Zone zone) throws IOException {
        Message message = new Message();
        message.getHeader().setOpcode(Dns.OPCODE_NOTIFY);
        message.getHeader().setFlag(Flags.AA);
        Name origin = new Name(zone.origin());
        message.addRecord(Record.newRecord(origin, Dns.SOA, DClass.IN), Section.QUESTION);
        message.addRecord(Transfers.record(zone.soaRecord()), Section.ANSWER);
        return message;
    }
}
