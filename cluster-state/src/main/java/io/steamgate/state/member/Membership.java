package io.steamgate.state.member;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import io.steamgate.state.store.Birth;
import io.steamgate.state.store.Births;
import io.steamgate.state.store.Node;
import io.steamgate.state.store.Nodes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Who is in the cluster. Watches from the start; {@link #join} makes this node one of them. What it says is what it last saw, at
 * once and without a call; when shared state is away that picture stands still.
 */
public final class Membership implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Membership.class);
    private static final double NEWS_OF_LOAD = 0.1;

    /** Where this node stands. */
    public enum Standing {
        /** It only watches. */
        WATCHING,
        /** It has asked to join, and shared state has not answered yet. */
        JOINING,
        /** The others see it. */
        JOINED,
        /** A younger node has its id: it has withdrawn. */
        REPLACED,
        LEFT
    }

    private final Nodes nodes;
    private final Births births;
    private final Rhythm rhythm;
    private final InstantSource clock;
    private final Pace pace;
    private final View view;
    private final List<MemberListener> listeners = new CopyOnWriteArrayList<>();

    // Read by all, written by the thread of the pace.
    private volatile List<Member> members = List.of();
    private volatile Standing standing = Standing.WATCHING;
    private volatile @Nullable Node written;
    private volatile boolean inDoubt = true;
    private volatile long beats;
    private volatile long beatsLost;

    // The thread's own.
    private @Nullable Self self;
    private CompletableFuture<?> beating = CompletableFuture.completedFuture(null);
    private long era;
    private boolean settling;
    private boolean beatTaken = true;
    private boolean closed;

    public Membership(Nodes nodes, Births births, Rhythm rhythm, InstantSource clock, Pace pace) {
        this.nodes = nodes;
        this.births = births;
        this.rhythm = rhythm;
        this.clock = clock;
        this.pace = pace;
        this.view = new View(rhythm, clock);
        var unused = pace.execute(this::watch);
    }

    /** Becomes a member, and stays one until {@link #leave}; keeps trying while shared state is away. */
    public void join(Self who) {
        pace.execute(() -> {
            if (self == null) {
                self = who;
                standing = Standing.JOINING;
                beBorn(who);
            }
        });
    }

    /** Says good-bye: the others notice at their next look instead of waiting for the time-out. */
    public CompletableFuture<Ack> leave() {
        CompletableFuture<Ack> gone = new CompletableFuture<>();
        boolean open = pace.execute(() -> {
            Self who = self;
            boolean was = standing == Standing.JOINED || standing == Standing.JOINING;
            standing = Standing.LEFT;
            if (who == null || !was) {
                gone.complete(Ack.DONE);
            } else {
                // A heartbeat under way would write it again.
                beating.whenComplete((ack, failure) -> nodes.leave(who.id()).thenAccept(gone::complete));
            }
        });
        if (!open) {
            gone.complete(new Ack.Unavailable(Reason.DISCONNECTED));
        }
        return gone;
    }

    /** Who is there, by id, this node included once it has joined. */
    public List<Member> members() {
        return members;
    }

    /** Who is there and does that. */
    public List<Member> members(String role) {
        return members.stream()
                .filter(member -> member.node().roles().contains(role))
                .toList();
    }

    /** A node that is there. */
    public Optional<Member> member(String id) {
        return members.stream().filter(member -> member.id().equals(id)).findFirst();
    }

    /** Hears of what changes from now on; who is there already comes as joined first. The result takes the listener away. */
    public Runnable watch(MemberListener listener) {
        pace.execute(() -> {
            members.forEach(member -> tell(listener, new MemberEvent.Joined(member)));
            listeners.add(listener);
        });
        return () -> listeners.remove(listener);
    }

    public Standing standing() {
        return standing;
    }

    /** How often the cluster as a whole has been born, once that is known. */
    public OptionalLong era() {
        Node node = written;
        if (node != null && node.era() > 0) {
            return OptionalLong.of(node.era());
        }
        return members.stream()
                .mapToLong(member -> member.node().era())
                .filter(e -> e > 0)
                .max();
    }

    /** How often this node has been born, once that is known. */
    public OptionalLong age() {
        Node node = written;
        return node == null ? OptionalLong.empty() : OptionalLong.of(node.age());
    }

    /** Whether the picture stands still, because shared state does not answer or does not take this node's heartbeats. */
    public boolean isInDoubt() {
        return inDoubt;
    }

    /** Heartbeats that were acknowledged. */
    public long beats() {
        return beats;
    }

    /** Heartbeats that were not. */
    public long beatsLost() {
        return beatsLost;
    }

    // Joining

    private void beBorn(Self who) {
        then(births.nextOfNode(who.id()), reply -> {
            if (standing != Standing.JOINING) {
                return;
            }
            if (reply instanceof Reply.Found<Long>(Long age)) {
                written =
                        new Node(who.id(), age, 0, who.roles(), who.addresses(), who.version(), 0, clock.instant(), 0);
                standing = Standing.JOINED;
                LOG.infof("%s joins the cluster, born for time %d", who.id(), age);
                beat(who);
                scheduleBeat(who);
            } else {
                pace.after(rhythm.heartbeat(), () -> beBorn(who));
            }
        });
    }

    private void scheduleBeat(Self who) {
        long interval = rhythm.heartbeat().toNanos();
        long intoInterval = Math.floorMod(
                Duration.between(java.time.Instant.EPOCH, clock.instant()).toMillis() * 1_000_000
                        - rhythm.phase(who.id()).toNanos(),
                interval);
        pace.after(Duration.ofNanos(interval - intoInterval), () -> {
            if (standing == Standing.JOINED && !closed) {
                beat(who);
                scheduleBeat(who);
            }
        });
    }

    private void beat(Self who) {
        Node last = written;
        if (last == null || standing != Standing.JOINED || !beating.isDone()) {
            return;
        }
        Node next = last.beating(era, load(who));
        written = next;
        CompletableFuture<Ack> writing = nodes.beat(next, Lifespan.of(rhythm.lifespan()));
        beating = writing;
        then(writing, ack -> {
            beatTaken = ack.done();
            if (ack.done()) {
                beats = beats + 1;
            } else {
                beatsLost = beatsLost + 1;
            }
        });
    }

    private static double load(Self who) {
        double load = who.load().getAsDouble();
        return load >= 0 ? Math.min(load, 1) : 0;
    }

    // Watching

    private void watch() {
        if (closed) {
            return;
        }
        then(nodes.all(), reply -> {
            if (reply instanceof Reply.Found<Map<String, Node>>(Map<String, Node> read) && beatTaken) {
                List<MemberEvent> events = view.update(read, pace.nanos());
                members = view.members();
                events.forEach(event -> listeners.forEach(listener -> tell(listener, event)));
                lookAtOwn(read);
            } else {
                view.doubt();
            }
            inDoubt = view.isInDoubt();
            sayNewsOfLoad();
            pace.after(rhythm.watch(), this::watch);
        });
    }

    private void sayNewsOfLoad() {
        Self who = self;
        Node last = written;
        if (who != null && last != null && Math.abs(load(who) - last.load()) >= NEWS_OF_LOAD) {
            beat(who);
        }
    }

    private void lookAtOwn(Map<String, Node> read) {
        Node own = written;
        Self who = self;
        if (who == null || own == null || standing != Standing.JOINED) {
            return;
        }
        Node other = read.get(own.id());
        if (other != null && other.age() > own.age()) {
            standing = Standing.REPLACED;
            LOG.errorf(
                    "another node has joined as %s: give each node its own steamgate.state.node; this one withdraws",
                    own.id());
        } else if (other != null && era == 0 && !settling) {
            settle(who, own, read);
        }
    }

    /**
     * Finds out in which era this node lives. The cluster is born when nobody of it knows an era; of those who are there then, the
     * first by id counts. Who counted is written with the count, so that nobody counts again before that node has told the others.
     */
    private void settle(Self who, Node own, Map<String, Node> read) {
        OptionalLong known =
                read.values().stream().mapToLong(Node::era).filter(e -> e > 0).max();
        if (known.isPresent()) {
            settled(who, known.getAsLong());
            return;
        }
        settling = true;
        then(births.cluster(), reply -> {
            settling = false;
            if (reply instanceof Reply.Found<Versioned<Birth>>(Versioned<Birth> last)) {
                Node by = read.get(last.value().by());
                if (by != null && by.age() == last.value().byAge()) {
                    settled(who, last.value().count());
                } else if (isFirst(own, read)) {
                    count(
                            who,
                            births.nextOfCluster(last, own.id(), own.age()),
                            last.value().count() + 1);
                }
            } else if (reply instanceof Reply.Absent && isFirst(own, read)) {
                count(who, births.firstOfCluster(own.id(), own.age()), 1);
            }
        });
    }

    private static boolean isFirst(Node own, Map<String, Node> read) {
        return read.keySet().stream().allMatch(id -> own.id().compareTo(id) <= 0);
    }

    private void count(Self who, CompletableFuture<Ack> counting, long count) {
        settling = true;
        then(counting, ack -> {
            settling = false;
            // After a conflict the next look finds what the other has written.
            if (ack.done()) {
                LOG.infof("the cluster is born for time %d", count);
                settled(who, count);
            }
        });
    }

    private void settled(Self who, long count) {
        era = count;
        beat(who);
    }

    private static void tell(MemberListener listener, MemberEvent event) {
        try {
            listener.on(event);
        } catch (RuntimeException e) {
            LOG.error("a listener of the membership failed", e);
        }
    }

    /** What follows a call happens on the one thread. */
    private <T> void then(CompletableFuture<T> call, Consumer<T> next) {
        call.thenAccept(result -> pace.execute(() -> next.accept(result)));
    }

    /** Stops watching, without a word to the others: {@link #leave} first. */
    @Override
    public void close() {
        pace.execute(() -> closed = true);
        pace.close();
    }
}
