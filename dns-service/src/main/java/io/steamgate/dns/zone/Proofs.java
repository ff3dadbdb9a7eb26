package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.QName;
import io.steamgate.dns.wire.Writer;
import io.steamgate.dns.wire.Writer.Section;
import org.jspecify.annotations.Nullable;

/**
 * Proofs that something is not there, from NSEC (RFC 4035 §3.1.3) or NSEC3 records (RFC 5155 §7.2); an unsigned zone has none.
 * Each record is written once however much it proves.
 */
final class Proofs {
    private static final byte[] WILDCARD_LABEL = {1, '*'};

    private final @Nullable Node[] written = new @Nullable Node[4];
    private int count;

    /** Neither the name nor a wildcard that could stand for it exists. */
    void noSuchName(Zone zone, Node closest, QName name, int nextCloser, Writer out) {
        count = 0;
        Nsec3Chain chain = zone.nsec3();
        if (chain != null) {
            closestEncloser(chain, closest.name, name.suffix(nextCloser), out);
            nsec3(chain, wildcardOf(closest.name), out);
            return;
        }
        nsec(zone, name.copy(), out);
        nsec(zone, wildcardOf(closest.name), out);
    }

    /** A wildcard stood in, and nothing closer to the name would have. */
    void noCloserMatch(Zone zone, byte[] name, byte[] nextCloser, Writer out) {
        count = 0;
        Nsec3Chain chain = zone.nsec3();
        if (chain != null) {
            nsec3(chain, nextCloser, out);
        } else {
            nsec(zone, name, out);
        }
    }

    /** The node, or the wildcard that stands for the name, does not have the type. */
    void noSuchType(Zone zone, Node node, QName name, int nextCloser, int type, Writer out) {
        count = 0;
        Nsec3Chain chain = zone.nsec3();
        if (chain == null) {
            nsec(zone, node.name, out);
            if (nextCloser >= 0) {
                nsec(zone, name.copy(), out);
            }
        } else if (nextCloser >= 0) {
            closestEncloser(chain, name.suffix(nextCloser + 1), name.suffix(nextCloser), out);
            nsec3(chain, node.name, out);
        } else if (type == Dns.DS && !chain.has(chain.hash(node.name))) {
            optedOut(zone, chain, node, out);
        } else {
            nsec3(chain, node.name, out);
        }
    }

    /** A delegation is not signed (RFC 4035 §3.1.4, RFC 5155 §7.2.7). */
    void noDelegationSigner(Zone zone, Node cut, Writer out) {
        count = 0;
        Nsec3Chain chain = zone.nsec3();
        if (chain == null) {
            nsec(zone, cut.name, out);
        } else if (chain.has(chain.hash(cut.name))) {
            nsec3(chain, cut.name, out);
        } else {
            optedOut(zone, chain, cut, out);
        }
    }

    /** What opt-out left unhashed is covered, below the closest name that is hashed. */
    private void optedOut(Zone zone, Nsec3Chain chain, Node node, Writer out) {
        byte[] nextCloser = node.name;
        byte[] encloser = Names.parent(nextCloser);
        while (encloser.length > zone.apex().name.length && !chain.has(chain.hash(encloser))) {
            nextCloser = encloser;
            encloser = Names.parent(encloser);
        }
        closestEncloser(chain, encloser, nextCloser, out);
    }

    private void closestEncloser(Nsec3Chain chain, byte[] encloser, byte[] nextCloser, Writer out) {
        nsec3(chain, encloser, out);
        nsec3(chain, nextCloser, out);
    }

    private void nsec3(Nsec3Chain chain, byte[] name, Writer out) {
        write(chain.before(chain.hash(name)), Dns.NSEC3, out);
    }

    private void nsec(Zone zone, byte[] name, Writer out) {
        Node node = zone.nsecBefore(name);
        if (node != null) {
            write(node, Dns.NSEC, out);
        }
    }

    private void write(Node node, int type, Writer out) {
        for (int i = 0; i < count; i++) {
            if (written[i] == node) {
                return;
            }
        }
        RrSet set = node.set(type);
        if (set != null && Authority.records(Section.AUTHORITY, node.name, set, true, out)) {
            written[count++] = node;
        }
    }

    private static byte[] wildcardOf(byte[] encloser) {
        byte[] name = new byte[encloser.length + WILDCARD_LABEL.length];
        System.arraycopy(WILDCARD_LABEL, 0, name, 0, WILDCARD_LABEL.length);
        System.arraycopy(encloser, 0, name, WILDCARD_LABEL.length, encloser.length);
        return name;
    }
}
