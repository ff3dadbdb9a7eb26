package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Timers.Timer;
import io.steamgate.edge.wire.TcpView;
import org.jspecify.annotations.Nullable;

/** The TIME-WAIT entries, oldest first: all live equally long, so one timer serves them. Bounded. */
final class TimeWaits {
    private final Tcp tcp;
    private final Timer timer = new Timer(this::expire);
    private @Nullable TimeWait oldest;
    private @Nullable TimeWait youngest;
    private int size;

    TimeWaits(Tcp tcp) {
        this.tcp = tcp;
    }

    int size() {
        return size;
    }

    void add(TimeWait entry) {
        if (tcp.settings().timeWaitLimit() == 0) {
            return;
        }
        if (size >= tcp.settings().timeWaitLimit() && oldest != null) {
            tcp.counters().timeWaitsEvicted.increment();
            remove(oldest);
        }
        tcp.remember(entry);
        append(entry);
        size++;
        tcp.counters().timeWaits.increment();
    }

    void remove(TimeWait entry) {
        unlink(entry);
        tcp.forgetEntry(entry);
        size--;
        tcp.counters().timeWaits.add(-1);
    }

    /**
     * RFC 9293 section 3.10.7.4 for TIME-WAIT.
     *
     * @return true when the segment is a SYN that opens a new connection: the entry is gone then (RFC 6191)
     */
    boolean receive(TimeWait entry, Segment segment) {
        if (segment.rst()) {
            // RFC 1337: an old reset must not end the wait.
            return false;
        }
        if (segment.syn() && !segment.hasAck() && newer(entry, segment)) {
            tcp.counters().timeWaitsReused.increment();
            remove(entry);
            return true;
        }
        if (segment.fin() && segment.end() == entry.rcvNxt) {
            unlink(entry);
            append(entry);
            acknowledge(entry);
        } else if (segment.sequenceLength() > 0 && tcp.allowChallenge()) {
            acknowledge(entry);
        }
        return false;
    }

    /** RFC 6191 section 2: by timestamp where there is one, else by sequence number. */
    private static boolean newer(TimeWait entry, Segment syn) {
        if (entry.timestamps && syn.options.hasTimestamps() && syn.options.tsVal() != entry.tsRecent) {
            return Seq.after(syn.options.tsVal(), entry.tsRecent);
        }
        return Seq.after(syn.seq, entry.rcvNxt);
    }

    private void acknowledge(TimeWait entry) {
        if (entry.timestamps) {
            tcp.writer()
                    .stamped(
                            entry,
                            entry.sndNxt,
                            entry.rcvNxt,
                            TcpView.ACK,
                            entry.window,
                            tcp.timestampClock() + entry.tsOffset,
                            entry.tsRecent);
        } else {
            tcp.writer()
                    .bare(
                            entry.localAddress,
                            entry.remoteAddress,
                            entry.ports,
                            entry.sndNxt,
                            entry.rcvNxt,
                            TcpView.ACK,
                            entry.window);
        }
    }

    private void append(TimeWait entry) {
        entry.deadline = tcp.now() + tcp.settings().timeWaitNanos();
        entry.older = youngest;
        entry.younger = null;
        if (youngest == null) {
            oldest = entry;
        } else {
            youngest.younger = entry;
        }
        youngest = entry;
        if (!timer.armed()) {
            tcp.timers().armAt(timer, entry.deadline);
        }
    }

    private void unlink(TimeWait entry) {
        TimeWait before = entry.older;
        TimeWait after = entry.younger;
        if (before == null) {
            oldest = after;
        } else {
            before.younger = after;
        }
        if (after == null) {
            youngest = before;
        } else {
            after.older = before;
        }
    }

    private void expire() {
        long now = tcp.now();
        for (TimeWait entry = oldest; entry != null && entry.deadline - now <= 0; entry = oldest) {
            remove(entry);
        }
        if (oldest != null) {
            tcp.timers().armAt(timer, oldest.deadline);
        }
    }
}
