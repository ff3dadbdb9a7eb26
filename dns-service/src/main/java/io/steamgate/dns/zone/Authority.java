package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.QName;
import io.steamgate.dns.wire.Query;
import io.steamgate.dns.wire.Writer;
import io.steamgate.dns.wire.Writer.Section;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions from zones (RFC 1034 §4.3.2, RFC 4592, RFC 6672), with proofs where the client wants them (RFC 4035 §3.1,
 * RFC 5155 §7). Used by one thread.
 */
public final class Authority {
    /** CNAME and DNAME steps within our own zones; a longer chain is answered as far as it was followed. */
    private static final int MAX_STEPS = 16;

    private final QName target = new QName();
    private final Proofs proofs = new Proofs();
    private boolean leftOurZones;
    private final List<Owed> owed = new ArrayList<>(0);

    /** A proof to be given when all answers are written. */
    private record Owed(Zone zone, byte[] name, byte[] nextCloser) {}

    /** Whether the zones have something to say about the question. */
    public boolean knows(ZoneTable zones, Query query) {
        return zones.find(query.name(), query.type()) != null;
    }

    /**
     * Writes the answer after {@link Writer#begin}; flags, code and truncation included.
     *
     * @return whether a zone is authoritative for the name; nothing is written otherwise
     */
    public boolean answer(ZoneTable zones, Query query, Writer out) {
        leftOurZones = false;
        owed.clear();
        QName name = query.name();
        Zone zone = zones.find(name, query.type());
        if (zone == null) {
            return false;
        }
        if (zone.isWithheld()) {
            out.rcode(Dns.SERVFAIL);
            return true;
        }
        out.set(Dns.AA);
        for (int step = 0; zone != null; step++) {
            if (!step(zone, name, query.type(), query.dnssecOk(), step, out)) {
                break;
            }
            if (step == MAX_STEPS) {
                break;
            }
            name = target;
            zone = zones.find(name, query.type());
            leftOurZones = zone == null;
            if (zone != null && zone.isWithheld()) {
                out.rcode(Dns.SERVFAIL);
                break;
            }
        }
        proveOwed(out);
        return true;
    }

    private void proveOwed(Writer out) {
        for (Owed proof : owed) {
            proofs.noCloserMatch(proof.zone, proof.name, proof.nextCloser, out);
        }
        owed.clear();
    }

    /** Whether the last answer ends with an alias to a name that no zone here has. */
    public boolean leftOurZones() {
        return leftOurZones;
    }

    /** The name that the last answer's alias chain led to, if {@link #leftOurZones}. */
    public QName target() {
        return target;
    }

    /** Looks one name up; true if it is an alias whose target is now in {@link #target}. */
    private boolean step(Zone zone, QName name, int type, boolean dnssec, int step, Writer out) {
        Node closest = zone.apex();
        int depth = name.labels() - zone.labels();
        while (depth > 0) {
            if (closest.dname != null) {
                return dname(name, closest, closest.dname, depth, type, dnssec, out);
            }
            Node child = zone.find(name, depth - 1);
            if (child == null) {
                break;
            }
            depth--;
            closest = child;
            if (child.cut != null && !(depth == 0 && type == Dns.DS)) {
                referral(zone, child, child.cut, dnssec, step, out);
                return false;
            }
        }
        if (depth == 0) {
            return atNode(zone, closest, name, name, type, dnssec, -1, out);
        }
        if (closest.dname != null) {
            return dname(name, closest, closest.dname, depth, type, dnssec, out);
        }
        Node wildcard = zone.wildcardBelow(closest);
        if (wildcard != null) {
            return atNode(zone, wildcard, name, name, type, dnssec, depth - 1, out);
        }
        out.rcode(Dns.NXDOMAIN);
        negative(zone, dnssec, out);
        if (dnssec) {
            proofs.noSuchName(zone, closest, name, depth - 1, out);
        }
        return false;
    }

    /**
     * Answers from a node.
     *
     * @param nextCloser label of the name one longer than the closest encloser where the node is a wildcard, otherwise -1
     */
    private boolean atNode(
            Zone zone, Node node, QName owner, QName name, int type, boolean dnssec, int nextCloser, Writer out) {
        if (node.cname != null && type != Dns.CNAME && type != Dns.ANY && type != Dns.NSEC && type != Dns.RRSIG) {
            if (!records(Section.ANSWER, owner.octets(), node.cname, dnssec, out)) {
                return false;
            }
            if (dnssec && nextCloser >= 0) {
                // Answers come first, and the alias may lead to more of them.
                owed.add(new Owed(zone, name.copy(), name.suffix(nextCloser)));
            }
            target.set(node.cname.rdatas[0]);
            return true;
        }
        RrSet set = type == Dns.ANY ? any(node) : type == Dns.RRSIG ? signatures(node) : node.set(type);
        if (set != null) {
            if (records(Section.ANSWER, owner.octets(), set, dnssec, out)) {
                proveOwed(out);
                if (dnssec && nextCloser >= 0) {
                    proofs.noCloserMatch(zone, name.copy(), name.suffix(nextCloser), out);
                }
                if (zone.tellsServers() && !(set.type == Dns.NS && node == zone.apex())) {
                    servers(zone, dnssec, out);
                }
                additional(zone, set, dnssec, out);
            }
            return false;
        }
        negative(zone, dnssec, out);
        if (dnssec) {
            proofs.noSuchType(zone, node, name, nextCloser, type, out);
        }
        return false;
    }

    /** One set stands for all (RFC 8482 §4.1). */
    private static @Nullable RrSet any(Node node) {
        return node.sets.length > 0 ? node.sets[0] : null;
    }

    private static @Nullable RrSet signatures(Node node) {
        for (RrSet set : node.sets) {
            if (set.signatures != null) {
                return set.signatures;
            }
        }
        return null;
    }

    /** A DNAME, the CNAME it makes for this name, and the name to go on with. */
    private boolean dname(QName name, Node owner, RrSet dname, int depth, int type, boolean dnssec, Writer out) {
        if (!records(Section.ANSWER, owner.name, dname, dnssec, out)) {
            return false;
        }
        byte[] before = name.copy();
        target.set(before);
        if (!target.replaceSuffix(depth, dname.rdatas[0])) {
            // RFC 6672 §2.2: the answer would be too long a name.
            out.rcode(6);
            return false;
        }
        int position = out.position();
        int count = out.count(Section.ANSWER);
        out.record(Section.ANSWER, before, 0, Dns.CNAME, Dns.CLASS_IN, dname.ttl, target.copy());
        if (out.overflowed()) {
            out.back(position, Section.ANSWER, count);
            out.set(Dns.TC);
            return false;
        }
        // The CNAME itself may be what was asked for.
        return type != Dns.CNAME && type != Dns.ANY;
    }

    private void referral(Zone zone, Node cut, RrSet nameservers, boolean dnssec, int step, Writer out) {
        if (step == 0) {
            out.clear(Dns.AA);
        }
        proveOwed(out);
        if (!records(Section.AUTHORITY, cut.name, nameservers, false, out)) {
            return;
        }
        if (dnssec) {
            RrSet ds = cut.set(Dns.DS);
            if (ds != null) {
                records(Section.AUTHORITY, cut.name, ds, true, out);
            } else {
                proofs.noDelegationSigner(zone, cut, out);
            }
        }
        // Without these addresses the way ends here, so their loss is a truncation (RFC 9471 §3).
        for (byte[] server : nameservers.rdatas) {
            addresses(zone, server, dnssec, Names.isUnder(server, cut.name), out);
        }
    }

    private void negative(Zone zone, boolean dnssec, Writer out) {
        proveOwed(out);
        records(Section.AUTHORITY, zone.apex().name, zone.soa(), zone.negativeTtl(), dnssec, out);
    }

    private static void additional(Zone zone, RrSet set, boolean dnssec, Writer out) {
        int nameAt = switch (set.type) {
            case Dns.NS -> 0;
            case Dns.MX -> 2;
            case Dns.SRV -> 6;
            default -> -1;
        };
        if (nameAt < 0) {
            return;
        }
        for (byte[] rdata : set.rdatas) {
            byte[] name = nameAt == 0 ? rdata : java.util.Arrays.copyOfRange(rdata, nameAt, rdata.length);
            addresses(zone, name, dnssec, false, out);
        }
    }

    /** The zone's own name servers, as far as there is room: nobody asked. */
    private static void servers(Zone zone, boolean dnssec, Writer out) {
        RrSet servers = zone.apex().set(Dns.NS);
        if (servers != null && fits(Section.AUTHORITY, zone.apex().name, servers, servers.ttl, dnssec, out)) {
            additional(zone, servers, dnssec, out);
        }
    }

    private static void addresses(Zone zone, byte[] name, boolean dnssec, boolean needed, Writer out) {
        Node node = zone.find(name);
        if (node == null) {
            return;
        }
        for (RrSet set : node.sets) {
            if ((set.type == Dns.A || set.type == Dns.AAAA)
                    && !fits(Section.ADDITIONAL, name, set, set.ttl, dnssec, out)
                    && needed) {
                out.set(Dns.TC);
            }
        }
    }

    static boolean records(Section section, byte[] owner, RrSet set, boolean dnssec, Writer out) {
        return records(section, owner, set, set.ttl, dnssec, out);
    }

    /** Writes a set whole or not at all, and then says that the message is truncated (RFC 2181 §9). */
    static boolean records(Section section, byte[] owner, RrSet set, int ttl, boolean dnssec, Writer out) {
        if ((out.flags() & Dns.TC) != 0 || !fits(section, owner, set, ttl, dnssec, out)) {
            out.set(Dns.TC);
            return false;
        }
        return true;
    }

    private static boolean fits(Section section, byte[] owner, RrSet set, int ttl, boolean dnssec, Writer out) {
        int position = out.position();
        int count = out.count(section);
        for (byte[] rdata : set.rdatas) {
            out.record(section, owner, 0, set.type, Dns.CLASS_IN, ttl, rdata);
        }
        if (dnssec && set.signatures != null) {
            for (byte[] rdata : set.signatures.rdatas) {
                out.record(section, owner, 0, Dns.RRSIG, Dns.CLASS_IN, ttl, rdata);
            }
        }
        if (out.overflowed()) {
            out.back(position, section, count);
            return false;
        }
        return true;
    }
}
