package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import org.jspecify.annotations.Nullable;

/** A name of a zone with what it owns; one that owns nothing has names below it (RFC 4592 §2.2.2). */
final class Node {
    /** In lower case. */
    final byte[] name;

    final int hash;
    final RrSet[] sets;
    /** The NS set, where the zone ends here and another begins. */
    final @Nullable RrSet cut;

    final @Nullable RrSet cname;
    final @Nullable RrSet dname;
    /** Next in the same place of the table. */
    @Nullable
    Node next;

    Node(byte[] name, int hash, RrSet[] sets, boolean apex) {
        this.name = name;
        this.hash = hash;
        this.sets = sets;
        this.cut = apex ? null : set(Dns.NS);
        this.cname = set(Dns.CNAME);
        this.dname = set(Dns.DNAME);
    }

    @Nullable
    RrSet set(int type) {
        for (RrSet set : sets) {
            if (set.type == type) {
                return set;
            }
        }
        return null;
    }
}
