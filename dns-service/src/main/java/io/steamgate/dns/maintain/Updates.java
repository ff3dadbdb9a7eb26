package io.steamgate.dns.maintain;

import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.Zone;
import io.steamgate.dns.zone.Zones;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;

/** Changes zones for whom signs with a key that may (RFC 2136, RFC 3007 §3); without such a signature for nobody. */
public final class Updates {
    private static final Logger LOG = Logger.getLogger(Updates.class);

    /** Takes updates of one zone in its own way. */
    public interface Handler {
        /** The code to answer with; {@code key} has signed. */
        int update(Message update, Name key);
    }

    /** Keeps a changed zone beyond this process. */
    public interface Keeper {
        void keep(Zone zone);
    }

    private final Zones zones;
    private final Set<String> dynamic;
    private final Set<Name> keys;
    private final Keeper keeper;
    private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
    public final LongAdder applied = new LongAdder();
    public final LongAdder refused = new LongAdder();

    /** @param dynamic origins of the zones that may be changed, in presentation form */
    public Updates(Zones zones, Set<String> dynamic, Set<Name> keys, Keeper keeper) {
        this.zones = zones;
        this.dynamic = dynamic;
        this.keys = keys;
        this.keeper = keeper;
    }

    /** Gives the updates of a zone to somebody else. */
    public void handle(byte[] origin, Handler handler) {
        handlers.put(Names.text(origin), handler);
    }

    int take(Message update, Keyring.Signature signature) {
        byte[] origin = update.getQuestion().getName().toWireCanonical();
        if (update.getQuestion().getType() != org.xbill.DNS.Type.SOA
                || update.getQuestion().getDClass() != org.xbill.DNS.DClass.IN) {
            return Rcode.FORMERR;
        }
        Handler handler = handlers.get(Names.text(origin));
        if (!(signature instanceof Keyring.Valid valid)) {
            refused.increment();
            return Rcode.REFUSED;
        }
        if (handler != null) {
            return handler.update(update, valid.name());
        }
        return apply(origin, update, valid.name());
    }

    /** One after the other: each sees what the one before it made. */
    private synchronized int apply(byte[] origin, Message update, Name key) {
        Optional<Zone> zone = zones.find(origin);
        if (zone.isEmpty()) {
            return Rcode.NOTAUTH;
        }
        if (!dynamic.contains(Names.text(origin)) || !keys.contains(key)) {
            refused.increment();
            return Rcode.REFUSED;
        }
        UpdateRules.Result result = UpdateRules.apply(zone.get(), update);
        if (result.changed().isPresent()) {
            Zone changed = result.changed().get();
            // What cannot be kept is not promised.
            keeper.keep(changed);
            zones.put(changed);
            applied.increment();
            LOG.infof("zone %s: serial %d by an update signed with %s", Names.text(origin), changed.serial(), key);
        }
        return result.rcode();
    }
}
