package io.steamgate.edge.handoff;

import io.steamgate.edge.link.SynAnswers;
import io.steamgate.edge.route.Listener;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.PortRange;
import io.steamgate.edge.route.TcpOptions;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.tcp.CookieOffload;
import io.steamgate.edge.tcp.SynCookies;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the kernel answers SYNs, and when: at the ports of listeners whose clients speak first, as long as every client is
 * admitted and the SYN-ACK promises all that a cookie can say. The poll loop's; what changes is told the kernel at the end of a turn.
 */
final class KernelDoors implements CookieOffload {
    /** After this long without a turn of the loop the kernel leaves SYNs to this process again. */
    private static final long ALIVE = Clock.NANOS_PER_SECOND;
    /** How long a flood is over before the doors are closed. */
    private static final long CALM = 10 * Clock.NANOS_PER_SECOND;
    /** More ports of one listener are not worth the room. */
    private static final int MOST_PORTS = 64;

    private final KernelHandshakes when;
    private final SynAnswers answers;
    private final Tcp tcp;
    private final FollowBudget budget;
    private final Clock clock;
    private final Clock kernelClock;
    private final int mtu;
    private final List<Ports> all = new ArrayList<>();
    /** What of the kernel's count is counted here already. */
    private long answered;

    private boolean open;
    private boolean opened;
    /** Until when the doors stay open, and until when cookies may come back. */
    private long openUntil;

    private long cookiesUntil;
    /** The second under way, and what was answered and accepted before it. */
    private long secondFrom;

    private long answeredBefore;
    private long acceptedBefore;

    /** @param mtu the least of the NICs' */
    KernelDoors(
            KernelHandshakes when,
            SynAnswers answers,
            Tcp tcp,
            FollowBudget budget,
            Clock clock,
            Clock kernelClock,
            int mtu) {
        this.when = when;
        this.answers = answers;
        this.tcp = tcp;
        this.budget = budget;
        this.clock = clock;
        this.kernelClock = kernelClock;
        this.mtu = mtu;
        CookieOffload.Keys keys = tcp.offloadKeys();
        answers.keys(keys.cookie0(), keys.cookie1(), keys.timestamp0(), keys.timestamp1(), keys.claims());
        tcp.offload(this);
    }

    @Override
    public void claim(int localAddress, int remoteAddress, int ports) {
        answers.claim(localAddress, remoteAddress, ports);
    }

    @Override
    public void release(int localAddress, int remoteAddress, int ports) {
        answers.release(localAddress, remoteAddress, ports);
    }

    @Override
    public boolean answers() {
        return opened && clock.nanos() - cookiesUntil < 0;
    }

    /** A listener has opened these. */
    void open(ListenerState listener, Ipv4Address address, PortRange range) {
        if (range.last() - range.first() < MOST_PORTS) {
            all.add(new Ports(listener, address.bits(), range));
        }
    }

    /** A listener has closed its ports. */
    void close(ListenerState listener) {
        all.removeIf(ports -> {
            if (ports.listener == listener) {
                ports.promise(null);
            }
            return ports.listener == listener;
        });
    }

    /** The end of a turn of the loop. */
    void turn() {
        count();
        boolean before = open;
        open = when == KernelHandshakes.ALWAYS || flooded();
        if (open) {
            opened = true;
            cookiesUntil = clock.nanos() + SynCookies.LIFE;
            answers.alive(kernelClock.nanos() + ALIVE, tcp.cookieTick(), tcp.timestampClock());
        }
        if (open || before) {
            for (int i = 0; i < all.size(); i++) {
                all.get(i).refresh();
            }
        }
    }

    private void count() {
        long now = answers.answered();
        if (now != answered) {
            tcp.counters().handshakesStarted.add(now - answered);
            tcp.counters().cookiesSentBelow.add(now - answered);
            answered = now;
        }
    }

    /** Whether there are, or were until a moment ago, more handshakes that nobody completes than the stack should remember. */
    private boolean flooded() {
        boolean still = tcp.crowded();
        if (!still && !open) {
            return false;
        }
        long now = clock.nanos();
        if (open && now - secondFrom >= Clock.NANOS_PER_SECOND) {
            long accepted = tcp.counters().cookiesAccepted.get();
            // A handshake lives for some seconds: about so many a second would crowd the stack.
            still |= answered - answeredBefore - (accepted - acceptedBefore)
                    > tcp.settings().embryonicLimit() / 16;
            secondFrom = now;
            answeredBefore = answered;
            acceptedBefore = accepted;
        }
        if (still) {
            openUntil = now + CALM;
        }
        return now - openUntil < 0;
    }

    private final class Ports {
        private final ListenerState listener;
        private final int address;
        private final PortRange range;
        /** What the kernel was told last: nothing where it leaves SYNs alone. */
        private SynAnswers.@Nullable Door promised;

        /** What {@link #door} is made of. */
        private @Nullable Listener configured;

        private @Nullable TcpOptions offered;
        private SynAnswers.@Nullable Door door;

        Ports(ListenerState listener, int address, PortRange range) {
            this.listener = listener;
            this.address = address;
            this.range = range;
        }

        void refresh() {
            Listener now = listener.listener();
            TcpOptions offer = listener.offer();
            if (now != configured || offer != offered) {
                configured = now;
                offered = offer;
                // Where the server speaks first, a client whose last acknowledgement is lost would wait for ever: only
                // who remembers the handshake can say the SYN-ACK again.
                boolean clientFirst = now.protocol().followed();
                door = clientFirst && offer.sack() && offer.timestamps() && offer.windowScale() >= 0
                        ? new SynAnswers.Door(
                                Math.clamp(mtu - 40, 1, offer.mss()),
                                Math.min(Gateway.followBytes(listener), 0xFFFF),
                                offer.windowScale())
                        : null;
            }
            promise(open && listener.admitsAll() && budget.has(Gateway.followBytes(listener)) ? door : null);
        }

        void promise(SynAnswers.@Nullable Door next) {
            if (next == promised) {
                return;
            }
            promised = next;
            for (int port = range.first(); port <= range.last(); port++) {
                if (next == null) {
                    answers.close(address, port);
                } else {
                    // One that there is no room for is the stack's, as all were before.
                    answers.open(address, port, next);
                }
            }
        }
    }
}
