package io.steamgate.state.member;

import io.steamgate.state.member.MemberEvent.Cause;
import io.steamgate.state.store.Node;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * What one node makes of what it reads. A node is there while its heartbeats go on: a beat that does not change for the time-out is
 * no life, whatever the entry says, and clocks are never compared. While shared state itself is in doubt nobody is judged.
 */
final class View {
    private static final class Seen {
        Node node;
        long at;
        Member member;
        boolean there = true;
        /** Not heard of since shared state was in doubt: that its entry is missing may not be its own doing. */
        boolean mayBeLost;

        Seen(Node node, long at, Member member) {
            this.node = node;
            this.at = at;
            this.member = member;
        }
    }

    private final long silence;
    private final long expiry;
    private final InstantSource clock;
    private final Map<String, Seen> nodes = new HashMap<>();
    private boolean inDoubt;

    View(Rhythm rhythm, InstantSource clock) {
        this.silence = rhythm.lifespan().plus(rhythm.watch()).toNanos();
        // Who leaves has written itself within a heartbeat; an entry that expired is older than that by another one at
        // least.
        this.expiry = rhythm.heartbeat().plus(rhythm.lifespan()).dividedBy(2).toNanos();
        this.clock = clock;
    }

    /** Shared state did not answer, or does not take this node's own heartbeats: what it says about others means nothing. */
    void doubt() {
        inDoubt = true;
    }

    boolean isInDoubt() {
        return inDoubt;
    }

    /** What was read at {@code now}, and what is new about it. */
    List<MemberEvent> update(Map<String, Node> read, long now) {
        if (inDoubt) {
            inDoubt = false;
            // Heartbeats were lost, perhaps with all entries: everybody gets the time to write again.
            nodes.values().forEach(seen -> {
                seen.at = now;
                seen.mayBeLost = true;
            });
        }
        List<MemberEvent> events = new ArrayList<>();
        read.values().forEach(node -> see(node, now, events));
        for (Iterator<Seen> each = nodes.values().iterator(); each.hasNext(); ) {
            Seen seen = each.next();
            boolean written = read.containsKey(seen.node.id());
            boolean silent = now - seen.at >= silence;
            if (seen.there && (silent || !written && !seen.mayBeLost)) {
                seen.there = false;
                events.add(new MemberEvent.Left(seen.member, now - seen.at >= expiry ? Cause.SILENT : Cause.ORDERLY));
            }
            // An entry that outlives its node is remembered, so that it does not count as a new one.
            if (!seen.there && !written) {
                each.remove();
            }
        }
        return events;
    }

    private void see(Node node, long now, List<MemberEvent> events) {
        Seen seen = nodes.get(node.id());
        if (seen == null) {
            Seen first = new Seen(node, now, new Member(node, clock.instant()));
            nodes.put(node.id(), first);
            events.add(new MemberEvent.Joined(first.member));
            return;
        }
        Node before = seen.node;
        if (node.age() < before.age() || node.age() == before.age() && node.beat() <= before.beat()) {
            return;
        }
        Member member = new Member(node, clock.instant());
        if (seen.there && node.age() != before.age()) {
            events.add(new MemberEvent.Left(seen.member, Cause.RESTARTED));
            events.add(new MemberEvent.Joined(member));
        } else if (!seen.there) {
            events.add(new MemberEvent.Joined(member));
        } else if (!before.equals(new Node(
                node.id(),
                node.age(),
                node.era(),
                node.roles(),
                node.addresses(),
                node.version(),
                node.load(),
                node.started(),
                before.beat()))) {
            events.add(new MemberEvent.Changed(member));
        }
        seen.node = node;
        seen.at = now;
        seen.member = member;
        seen.there = true;
        seen.mayBeLost = false;
    }

    /** Who is there, by id. */
    List<Member> members() {
        return nodes.values().stream()
                .filter(seen -> seen.there)
                .map(seen -> seen.member)
                .sorted(Comparator.comparing(Member::id))
                .toList();
    }
}
