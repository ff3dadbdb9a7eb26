package io.steamgate.dns.resolve;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Reply;
import io.steamgate.dns.wire.Rr;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The way of one question from the closest known delegation down to its answer. Of each server it believes only what lies below
 * the zone that it was asked as a server of. Calls back once, within its budget.
 */
final class Walk {
    private static final Duration PATIENCE = Duration.ofMillis(1200);
    private static final int MAX_ALIASES = 12;
    private static final int MAX_DEPTH = 4;
    /** Servers whose addresses are looked for at once: a delegation to a thousand names is an attack on them. */
    private static final int MAX_SERVER_NAMES = 4;

    private static final int MAX_ATTEMPTS = 6;
    /** Labels that are added one by one (RFC 9156 §2.3, MINIMISE_ONE_LAB and MAX_MINIMISE_COUNT). */
    private static final int MAX_MINIMISED = 10;

    private final Iterating source;
    private byte[] name;
    private final int type;
    private final boolean dnssec;
    private final Iterating.Budget budget;
    private final int depth;
    private final Consumer<Source.Result> done;
    private final List<Rr> aliases = new ArrayList<>();
    private int aliasCount;
    private Delegation zone;
    /** Labels of {@link #name} that the next question has. */
    private int shown;

    private int minimised;
    private boolean whole;
    private List<InetAddress> untried = List.of();
    private int attempts;

    Walk(
            Iterating source,
            byte[] name,
            int type,
            boolean dnssec,
            Iterating.Budget budget,
            int depth,
            Consumer<Source.Result> done) {
        this.source = source;
        this.name = name;
        this.type = type;
        this.dnssec = dnssec;
        this.budget = budget;
        this.depth = depth;
        this.done = done;
        this.zone = from(name);
    }

    /** DS belongs to the parent (RFC 4035 §3.1.4.1). */
    private Delegation from(byte[] wanted) {
        return source.delegations().above(type == Dns.DS ? Names.parent(wanted) : wanted, source.now());
    }

    void start() {
        enter(zone);
    }

    private void enter(Delegation next) {
        zone = next;
        shown = Math.min(next.labels() + 1, Names.labels(name));
        attempts = 0;
        if (next.addresses().isEmpty()) {
            findServers(next);
        } else {
            untried = source.order(next.addresses());
            ask();
        }
    }

    /** Looks for addresses of the zone's servers, one name after the other, until there is one. */
    private void findServers(Delegation next) {
        List<byte[]> names = next.servers().stream()
                // A server inside its own zone without an address cannot be found through that zone.
                .filter(server -> !Names.isUnder(server, next.zone()))
                .limit(MAX_SERVER_NAMES)
                .toList();
        findServer(next, names, 0, source.families().types(source.now()));
    }

    /** {@code types}: the kinds of addresses that are still to be asked for. */
    private void findServer(Delegation next, List<byte[]> names, int index, List<Integer> types) {
        if (index >= names.size() || depth >= MAX_DEPTH) {
            fail();
            return;
        }
        byte[] server = Names.copyLower(names.get(index), 0, names.get(index).length);
        new Walk(source, server, types.getFirst(), false, budget, depth + 1, result -> {
                    List<InetAddress> found =
                            result instanceof Source.Found answer ? Iterating.addresses(answer.answers()) : List.of();
                    if (!found.isEmpty()) {
                        Delegation known = next.with(found);
                        source.delegations().learn(known);
                        enter(known);
                    } else if (types.size() > 1) {
                        findServer(next, names, index, types.subList(1, types.size()));
                    } else {
                        findServer(next, names, index + 1, source.families().types(source.now()));
                    }
                })
                .start();
    }

    private void ask() {
        if (untried.isEmpty() || attempts >= MAX_ATTEMPTS || !budget.spend()) {
            fail();
            return;
        }
        attempts++;
        InetAddress server = untried.getFirst();
        // The quickest is asked again, in the end, if nobody else answers either.
        List<InetAddress> rest = new ArrayList<>(untried.subList(1, untried.size()));
        rest.add(server);
        untried = rest;
        send(server, true);
    }

    private boolean isWhole() {
        return whole || shown >= Names.labels(name) || minimised >= MAX_MINIMISED;
    }

    private void send(InetAddress server, boolean edns) {
        boolean asWhole = isWhole();
        byte[] asked = asWhole ? name : suffix(name, shown);
        Question question = new Question(asked, asWhole ? type : Dns.A, dnssec && edns, true, false, edns);
        source.ask(server, question, PATIENCE, outcome -> {
            if (outcome instanceof Outcome.Answered answered) {
                take(answered.reply(), server, asked, asWhole, edns);
            } else if (outcome instanceof Outcome.Broken && edns && budget.spend()) {
                send(server, false);
            } else {
                ask();
            }
        });
    }

    private static byte[] suffix(byte[] name, int labels) {
        int skip = Names.labels(name) - labels;
        int at = 0;
        for (int i = 0; i < skip; i++) {
            at += 1 + (name[at] & 0xFF);
        }
        return Arrays.copyOfRange(name, at, name.length);
    }

    private void take(Reply reply, InetAddress server, byte[] asked, boolean asWhole, boolean edns) {
        if (reply.rcode() == Dns.FORMERR && edns && !reply.edns() && budget.spend()) {
            send(server, false);
            return;
        }
        if (reply.rcode() != Dns.NOERROR && reply.rcode() != Dns.NXDOMAIN) {
            ask();
            return;
        }
        List<Rr> answers = below(reply.answers());
        if (answers.isEmpty() && reply.rcode() == Dns.NOERROR) {
            Delegation next = referral(reply, asked);
            if (next != null) {
                source.delegations().learn(next);
                enter(next);
                return;
            }
            if (!reply.is(Dns.AA) && reply.authorities().stream().noneMatch(rr -> rr.type() == Dns.SOA)) {
                // Lame: it serves something else.
                ask();
                return;
            }
        }
        if (asWhole) {
            finish(reply, answers);
        } else if (reply.rcode() == Dns.NXDOMAIN) {
            // Nothing below either (RFC 8020), if the server knows that: some do not, so the whole name decides.
            whole = true;
            again();
        } else {
            shown++;
            minimised++;
            again();
        }
    }

    private void again() {
        attempts = 0;
        untried = source.order(zone.addresses());
        ask();
    }

    /** Records of names that this server is asked for as one of the zone's. */
    private List<Rr> below(List<Rr> records) {
        return records.stream()
                .filter(rr -> Names.isUnder(rr.owner(), zone.zone()))
                .toList();
    }

    private @org.jspecify.annotations.Nullable Delegation referral(Reply reply, byte[] asked) {
        byte[] cut = null;
        long ttl = 86_400;
        List<byte[]> servers = new ArrayList<>();
        for (Rr rr : reply.authorities()) {
            boolean deeper = Names.isUnder(rr.owner(), zone.zone()) && Names.labels(rr.owner()) > zone.labels();
            if (rr.type() == Dns.NS
                    && deeper
                    && Names.isUnder(asked, rr.owner())
                    && (cut == null || Names.same(cut, rr.owner()))) {
                cut = Names.copyLower(rr.owner(), 0, rr.owner().length);
                servers.add(rr.rdata());
                ttl = Math.min(ttl, rr.ttl());
            }
        }
        if (cut == null || type == Dns.DS && Names.same(cut, name)) {
            return null;
        }
        List<InetAddress> glue = new ArrayList<>();
        for (Rr rr : reply.additional()) {
            if (Names.isUnder(rr.owner(), zone.zone())
                    && servers.stream().anyMatch(server -> Names.same(server, rr.owner()))) {
                Iterating.addresses(List.of(rr)).stream()
                        .filter(source.families()::isUsed)
                        .forEach(glue::add);
            }
        }
        return new Delegation(cut, List.copyOf(servers), List.copyOf(glue), source.now() + Math.max(ttl, 5) * 1000);
    }

    private void finish(Reply reply, List<Rr> answers) {
        byte[] last = name;
        boolean moved = true;
        boolean answered = type == Dns.CNAME || type == Dns.ANY;
        for (int i = 0; i < MAX_ALIASES && moved && !answered; i++) {
            moved = false;
            for (Rr rr : answers) {
                if (Names.same(rr.owner(), last) && rr.type() == type) {
                    answered = true;
                } else if (Names.same(rr.owner(), last) && rr.type() == Dns.CNAME) {
                    last = rr.rdata();
                    moved = true;
                    break;
                }
            }
        }
        aliases.addAll(answers);
        boolean elsewhere = !answered && !Names.same(last, name);
        if (!elsewhere) {
            done.accept(new Source.Found(reply.rcode(), aliases, below(reply.authorities()), false));
            return;
        }
        if (++aliasCount > MAX_ALIASES) {
            fail();
            return;
        }
        name = Names.copyLower(last, 0, last.length);
        whole = false;
        minimised = 0;
        enter(from(name));
    }

    private void fail() {
        source.delegations().forget(zone);
        done.accept(new Source.Failed());
    }
}
