package io.steamgate.edge.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** A peer that sends exactly the segments a test says, and shows every segment that came back. */
final class ScriptedPeer {
    static final int US = 0xC000_020A;
    static final int PEER = 0xC000_0202;
    static final int OUR_PORT = 80;
    static final int PEER_PORT = 40_000;
    static final SynOffer FULL = new SynOffer(1460, 7, true, true);

    final ManualClock clock = new ManualClock(3_600 * Clock.NANOS_PER_SECOND);
    final Timers timers = new Timers(clock);
    final TestIp ip;
    final Tcp tcp;
    final Deque<TcpSegment> sent = new ArrayDeque<>();
    boolean lastDontFragment;
    /** The peer's next sequence number. */
    int seq = 1000;
    /** What the peer has received of ours. */
    int ack;

    boolean timestamps;
    int tsVal = 5_000;
    int tsEcr;
    int window = 65_535;

    ScriptedPeer() {
        this(TcpSettings.defaults().withDelayedAck(false));
    }

    ScriptedPeer(TcpSettings settings) {
        ip = new TestIp((bytes, source, destination, dontFragment) -> {
            lastDontFragment = dontFragment;
            Frame frame = Frame.copyOf(bytes);
            TcpView view = new TcpView();
            assertThat(view.wrap(frame.memory(), frame.start(), bytes.length)).isTrue();
            assertThat(view.checksumValid(source, destination)).isTrue();
            assertThat(source).isEqualTo(US);
            sent.add(TcpSegment.parse(frame.memory(), frame.start(), bytes.length)
                    .orElseThrow());
        });
        tcp = new Tcp(ip, timers, Randomness.seeded(42), settings);
    }

    /** Listens on the port and accepts every connection for {@code application}. */
    ScriptedPeer listen(SynOffer offer, int receiveLimit, Application application) {
        tcp.listen(0, OUR_PORT, OUR_PORT, options(offer, receiveLimit), application::on);
        return this;
    }

    static ListenOptions options(SynOffer offer, int receiveLimit) {
        return new ListenOptions() {
            @Override
            public SynOffer offer() {
                return offer;
            }

            @Override
            public int receiveLimit() {
                return receiveLimit;
            }
        };
    }

    /** The three segments of a passive open without options, but SACK where asked. */
    void handshake(boolean sack) {
        handshake(sack, 0);
    }

    /** The same with a round trip of so many milliseconds. */
    void handshake(boolean sack, int roundTrip) {
        send(segment(TcpView.SYN).withSyn(1460, -1, sack));
        TcpSegment synAck = next();
        assertThat(synAck.flags()).isEqualTo(TcpView.SYN | TcpView.ACK);
        assertThat(synAck.ack()).isEqualTo(seq + 1);
        tsEcr = synAck.timestamps().map(TcpSegment.Timestamps::value).orElse(0);
        pass(roundTrip);
        seq++;
        ack = synAck.seq() + 1;
        send(segment(TcpView.ACK));
    }

    /** A segment at the peer's sequence number, with timestamps where agreed. */
    TcpSegment segment(int flags, byte... payload) {
        TcpSegment plain =
                TcpSegment.of(PEER_PORT, OUR_PORT, seq, (flags & TcpView.ACK) != 0 ? ack : 0, flags, window, payload);
        return timestamps ? plain.withTimestamps(tsVal, tsEcr) : plain;
    }

    TcpSegment segmentAt(int seq, int ack, int flags, byte... payload) {
        TcpSegment plain = TcpSegment.of(PEER_PORT, OUR_PORT, seq, ack, flags, window, payload);
        return timestamps ? plain.withTimestamps(tsVal, tsEcr) : plain;
    }

    void send(TcpSegment segment) {
        byte[] bytes = new byte[segment.length()];
        Frame frame = Frame.copyOf(bytes);
        segment.emit(frame.memory(), frame.start(), PEER, US);
        frame.region(frame.start(), bytes.length);
        tcp.receive(ip.packet(frame.toBytes(), PEER, US));
    }

    /** Sends payload in order. */
    void data(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        send(segment(TcpView.ACK | TcpView.PSH, bytes));
        seq += bytes.length;
    }

    /** Acknowledges everything up to {@code number}. */
    void acknowledge(int number) {
        ack = number;
        send(segment(TcpView.ACK));
    }

    TcpSegment next() {
        TcpSegment segment = sent.poll();
        if (segment == null) {
            throw new AssertionError("nothing was sent");
        }
        return segment;
    }

    void nothingSent() {
        assertThat(sent).isEmpty();
    }

    void pass(long millis) {
        long end = clock.nanos() + millis * Clock.NANOS_PER_MILLI;
        for (long wait = timers.untilNext(); wait <= end - clock.nanos(); wait = timers.untilNext()) {
            clock.advanceNanos(wait);
            timers.fire();
        }
        clock.advanceNanos(end - clock.nanos());
    }
}
