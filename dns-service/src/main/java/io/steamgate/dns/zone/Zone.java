package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.QName;
import io.steamgate.dns.wire.Rr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One version of a zone: never changed, replaced by the next. Its names are in a hash table and in canonical order. */
public final class Zone {
    private static final byte[] WILDCARD_LABEL = {1, '*'};

    private final byte[] origin;
    private final int labels;
    private final List<Rr> records;
    private final Node[] table;
    private final Node apex;
    private final RrSet soa;
    private final long serial;
    /** Owners of NSEC records in canonical order; empty where there are none. */
    private final Node[] nsec;

    private final @Nullable Nsec3Chain nsec3;
    private final boolean tellsServers;
    private final boolean withheld;

    private Zone(
            byte[] origin, List<Rr> records, Map<NameKey, List<Rr>> byOwner, boolean tellsServers, boolean withheld) {
        this.tellsServers = tellsServers;
        this.withheld = withheld;
        this.origin = Names.copyLower(origin, 0, origin.length);
        this.labels = Names.labels(origin);
        this.records = records;
        List<Node> nodes = new ArrayList<>();
        List<Node> hashed = new ArrayList<>();
        byOwner.forEach((key, owned) -> {
            Node node =
                    new Node(key.octets, Names.hash(key.octets), sets(owned), Arrays.equals(key.octets, this.origin));
            // Names of NSEC3 records exist for their hashes only (RFC 5155 §7.2.8).
            if (node.sets.length > 0 && Arrays.stream(node.sets).allMatch(set -> set.type == Dns.NSEC3)) {
                hashed.add(node);
            } else {
                nodes.add(node);
            }
        });
        this.table = table(nodes);
        this.apex = Objects.requireNonNull(find(this.origin, Names.hash(this.origin)));
        this.soa = Objects.requireNonNull(apex.set(Dns.SOA));
        this.serial = timer(20);
        this.nsec = nodes.stream()
                .filter(node -> node.set(Dns.NSEC) != null)
                .sorted((a, b) -> Names.compare(a.name, b.name))
                .toArray(Node[]::new);
        RrSet parameters = apex.set(Dns.NSEC3PARAM);
        this.nsec3 = parameters == null || hashed.isEmpty() ? null : new Nsec3Chain(parameters.rdatas[0], hashed);
    }

    /**
     * Makes a zone of its records, the SOA among them. Names between the origin and an owner come to exist.
     *
     * @throws ZoneException naming what is wrong: no SOA or more than one, an owner outside, a CNAME beside other data,
     *     more iterations of NSEC3 than are hashed for anybody who asks
     */
    public static Zone of(byte[] origin, List<Rr> records) {
        return of(origin, records, false);
    }

    /** As {@link #of(byte[], List)}; its answers tell the zone's name servers and their addresses too, where there is room. */
    public static Zone tellingServers(byte[] origin, List<Rr> records) {
        return of(origin, records, true);
    }

    private static Zone of(byte[] origin, List<Rr> records, boolean tellsServers) {
        Map<NameKey, List<Rr>> byOwner = new LinkedHashMap<>();
        byte[] apex = Names.copyLower(origin, 0, origin.length);
        for (Rr record : records) {
            byte[] owner = Names.copyLower(record.owner(), 0, record.owner().length);
            if (!Names.isUnder(owner, apex)) {
                throw new ZoneException(Names.text(record.owner()) + " is not in zone " + Names.text(origin));
            }
            byOwner.computeIfAbsent(new NameKey(owner), k -> new ArrayList<>()).add(record);
        }
        for (NameKey owner : List.copyOf(byOwner.keySet())) {
            for (byte[] name = owner.octets; name.length > apex.length; name = Names.parent(name)) {
                byOwner.computeIfAbsent(new NameKey(name), k -> new ArrayList<>());
            }
        }
        check(origin, byOwner.get(new NameKey(apex)), byOwner);
        return new Zone(origin, List.copyOf(records), byOwner, tellsServers, false);
    }

    /** Stands for a zone that is ours, and whose records are not known, or too old to be told: it answers nothing. */
    static Zone withheld(byte[] origin) {
        // Two names and five numbers, none of which anybody is told.
        Rr soa = new Rr(origin, Dns.SOA, 0, new byte[22]);
        return new Zone(origin, List.of(soa), Map.of(new NameKey(origin), List.of(soa)), false, true);
    }

    boolean isWithheld() {
        return withheld;
    }

    /** Whether answers from it tell its name servers too. */
    boolean tellsServers() {
        return tellsServers;
    }

    private static void check(byte[] origin, @Nullable List<Rr> atApex, Map<NameKey, List<Rr>> byOwner) {
        long soas = atApex == null
                ? 0
                : atApex.stream().filter(record -> record.type() == Dns.SOA).count();
        if (atApex == null || soas != 1) {
            throw new ZoneException("zone " + Names.text(origin) + " has " + soas + " SOA records instead of one");
        }
        for (Rr record : atApex) {
            if (record.type() == Dns.NSEC3PARAM && Nsec3Chain.iterations(record.rdata()) > Nsec3Chain.MAX_ITERATIONS) {
                throw new ZoneException("zone " + Names.text(origin) + " has NSEC3 with "
                        + Nsec3Chain.iterations(record.rdata()) + " iterations, more than "
                        + Nsec3Chain.MAX_ITERATIONS + "; sign it with none (RFC 9276)");
            }
        }
        byOwner.forEach((owner, owned) -> {
            long cnames = owned.stream().filter(r -> r.type() == Dns.CNAME).count();
            boolean others = owned.stream()
                    .anyMatch(r -> r.type() != Dns.CNAME && r.type() != Dns.RRSIG && r.type() != Dns.NSEC);
            if (cnames > 1 || cnames == 1 && others) {
                throw new ZoneException(Names.text(owner.octets) + " has a CNAME and other data");
            }
        });
    }

    private static RrSet[] sets(List<Rr> owned) {
        Map<Integer, List<Rr>> byType = new LinkedHashMap<>();
        Map<Integer, List<Rr>> signatures = new HashMap<>();
        for (Rr record : owned) {
            if (record.type() == Dns.RRSIG) {
                signatures
                        .computeIfAbsent(Dns.u16(record.rdata(), 0), k -> new ArrayList<>())
                        .add(record);
            } else {
                byType.computeIfAbsent(record.type(), k -> new ArrayList<>()).add(record);
            }
        }
        List<RrSet> sets = new ArrayList<>();
        byType.forEach((type, records) -> {
            List<Rr> signed = signatures.get(type);
            sets.add(set(type, records, signed == null ? null : set(Dns.RRSIG, signed, null)));
        });
        return sets.toArray(RrSet[]::new);
    }

    /** All records of a set have one time to live: the smallest (RFC 2181 §5.2). */
    private static RrSet set(int type, List<Rr> records, @Nullable RrSet signatures) {
        int ttl = records.stream().mapToInt(Rr::ttl).min().orElse(0);
        List<byte[]> distinct = new ArrayList<>();
        for (Rr record : records) {
            if (distinct.stream().noneMatch(other -> Arrays.equals(other, record.rdata()))) {
                distinct.add(record.rdata());
            }
        }
        return new RrSet(type, ttl, distinct, signatures);
    }

    private static Node[] table(List<Node> nodes) {
        Node[] table = new Node[Math.max(8, Integer.highestOneBit(nodes.size()) * 2)];
        for (Node node : nodes) {
            int place = node.hash & table.length - 1;
            node.next = table[place];
            table[place] = node;
        }
        return table;
    }

    /** The node of the name's suffix from label {@code index} on. */
    @Nullable
    Node find(QName name, int index) {
        int hash = name.hash(index);
        for (Node node = table[hash & table.length - 1]; node != null; node = node.next) {
            if (node.hash == hash && name.suffixIs(index, node.name)) {
                return node;
            }
        }
        return null;
    }

    @Nullable
    Node find(byte[] name, int hash) {
        for (Node node = table[hash & table.length - 1]; node != null; node = node.next) {
            if (node.hash == hash && Names.same(node.name, name)) {
                return node;
            }
        }
        return null;
    }

    @Nullable
    Node find(byte[] name) {
        return find(name, Names.hash(name));
    }

    /** The wildcard directly below a node (RFC 4592 §2.1.1). */
    @Nullable
    Node wildcardBelow(Node encloser) {
        int hash = Names.hash(encloser.hash, WILDCARD_LABEL, 0);
        for (Node node = table[hash & table.length - 1]; node != null; node = node.next) {
            if (node.hash == hash
                    && node.name.length == encloser.name.length + 2
                    && node.name[0] == 1
                    && node.name[1] == '*'
                    && Arrays.equals(node.name, 2, node.name.length, encloser.name, 0, encloser.name.length)) {
                return node;
            }
        }
        return null;
    }

    /** The last owner of an NSEC record that is not behind the name: its record matches or covers it. */
    @Nullable
    Node nsecBefore(byte[] name) {
        if (nsec.length == 0) {
            return null;
        }
        int low = 0;
        int high = nsec.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (Names.compare(nsec[middle].name, name) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return nsec[low];
    }

    @Nullable
    Nsec3Chain nsec3() {
        return nsec3;
    }

    Node apex() {
        return apex;
    }

    RrSet soa() {
        return soa;
    }

    /** What an answer that something does not exist is remembered for: the smaller of SOA's two (RFC 2308 §3, §5). */
    int negativeTtl() {
        byte[] rdata = soa.rdatas[0];
        return Math.min(soa.ttl, Dns.ttl(rdata, rdata.length - 4));
    }

    /** In lower case. */
    public byte[] origin() {
        return origin.clone();
    }

    boolean hasOrigin(QName name, int index) {
        return name.suffixIs(index, origin);
    }

    /** Labels of the origin. */
    public int labels() {
        return labels;
    }

    /** SOA's serial number, 32 bits without sign. */
    public long serial() {
        return serial;
    }

    /** After how many seconds a copy of the zone is compared with the zone itself (RFC 1035 §3.3.13). */
    public long refresh() {
        return timer(16);
    }

    /** After how many seconds that is tried again where it failed. */
    public long retry() {
        return timer(12);
    }

    /** For how many seconds a copy is good that could not be compared. */
    public long expire() {
        return timer(8);
    }

    /** One of the numbers that SOA ends with, 32 bits without sign. */
    private long timer(int fromEnd) {
        return Dns.u32(soa.rdatas[0], soa.rdatas[0].length - fromEnd);
    }

    /** The SOA record. */
    public Rr soaRecord() {
        return new Rr(origin, Dns.SOA, soa.ttl, soa.rdatas[0]);
    }

    /** The serial number in a SOA record's data. */
    public static long serial(Rr soa) {
        return Dns.u32(soa.rdata(), soa.rdata().length - 20);
    }

    /** All records in the order they were given. */
    public List<Rr> records() {
        return records;
    }

    /** A name as a key of a map, in lower case. */
    private record NameKey(byte[] octets) {
        @Override
        public boolean equals(Object other) {
            return other instanceof NameKey key && Arrays.equals(octets, key.octets);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(octets);
        }
    }
}
