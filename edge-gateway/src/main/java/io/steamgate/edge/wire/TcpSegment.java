package io.steamgate.edge.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A TCP segment as a value: for tests, tools and printing, not for the packet path.
 *
 * @param mss 0 for no option
 * @param windowScale -1 for no option
 * @param sack blocks; at most four, three with timestamps
 */
public record TcpSegment(
        int sourcePort,
        int destinationPort,
        int seq,
        int ack,
        int flags,
        int window,
        int mss,
        int windowScale,
        boolean sackPermitted,
        Optional<Timestamps> timestamps,
        List<SackBlock> sack,
        byte[] payload) {

    public record Timestamps(int value, int echo) {}

    /** Sequence numbers {@code [left, right)} that were received. */
    public record SackBlock(int left, int right) {}

    /** A segment without options. */
    public static TcpSegment of(
            int sourcePort, int destinationPort, int seq, int ack, int flags, int window, byte... payload) {
        return new TcpSegment(
                sourcePort,
                destinationPort,
                seq,
                ack,
                flags,
                window,
                0,
                -1,
                false,
                Optional.empty(),
                List.of(),
                payload);
    }

    public TcpSegment withSyn(int mss, int windowScale, boolean sackPermitted) {
        return new TcpSegment(
                sourcePort,
                destinationPort,
                seq,
                ack,
                flags,
                window,
                mss,
                windowScale,
                sackPermitted,
                timestamps,
                sack,
                payload);
    }

    public TcpSegment withTimestamps(int value, int echo) {
        return new TcpSegment(
                sourcePort,
                destinationPort,
                seq,
                ack,
                flags,
                window,
                mss,
                windowScale,
                sackPermitted,
                Optional.of(new Timestamps(value, echo)),
                sack,
                payload);
    }

    public TcpSegment withSack(SackBlock... blocks) {
        return new TcpSegment(
                sourcePort,
                destinationPort,
                seq,
                ack,
                flags,
                window,
                mss,
                windowScale,
                sackPermitted,
                timestamps,
                List.of(blocks),
                payload);
    }

    /** The segment in a region; empty when it is none, or its options are malformed. */
    public static Optional<TcpSegment> parse(MemorySegment memory, int offset, int length) {
        TcpView view = new TcpView();
        if (!view.wrap(memory, offset, length)) {
            return Optional.empty();
        }
        TcpOptions options = new TcpOptions().parse(memory, view.optionsOffset(), view.optionsLength());
        if (options.malformed()) {
            return Optional.empty();
        }
        List<SackBlock> blocks = new ArrayList<>();
        for (int i = 0; i < options.sackBlocks(); i++) {
            blocks.add(new SackBlock(options.sackLeft(i), options.sackRight(i)));
        }
        byte[] payload = new byte[view.payloadLength()];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, view.payloadOffset(), payload, 0, payload.length);
        return Optional.of(new TcpSegment(
                view.sourcePort(),
                view.destinationPort(),
                view.sequence(),
                view.acknowledgment(),
                view.flags(),
                view.window(),
                options.mss(),
                options.windowScale(),
                options.sackPermitted(),
                options.hasTimestamps()
                        ? Optional.of(new Timestamps(options.tsVal(), options.tsEcr()))
                        : Optional.empty(),
                List.copyOf(blocks),
                payload));
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    public int headerLength() {
        boolean mssOption = mss > 0;
        return TcpView.HEADER
                + (mssOption ? 4 : 0)
                + (sackPermitted && timestamps.isEmpty() ? 4 : 0)
                + (timestamps.isPresent() ? TcpOptions.TIMESTAMPS_LENGTH : 0)
                + (windowScale >= 0 ? 4 : 0)
                + TcpOptions.sackLength(sack.size());
    }

    /** Bytes that {@link #emit} writes. */
    public int length() {
        return headerLength() + payload.length;
    }

    /** Writes the segment with its checksum for a packet from {@code source} to {@code destination}. */
    public void emit(MemorySegment memory, int offset, int source, int destination) {
        TcpView.emitHeader(memory, offset, sourcePort, destinationPort, seq, ack, headerLength(), flags, window);
        int at = offset + TcpView.HEADER;
        int value = timestamps.map(Timestamps::value).orElse(0);
        int echo = timestamps.map(Timestamps::echo).orElse(0);
        if (mss > 0 || windowScale >= 0 || sackPermitted) {
            at = TcpOptions.emitSyn(memory, at, mss, windowScale, sackPermitted, timestamps.isPresent(), value, echo);
        } else if (timestamps.isPresent()) {
            at = TcpOptions.emitTimestamps(memory, at, value, echo);
        }
        if (!sack.isEmpty()) {
            at = TcpOptions.emitSackHead(memory, at, sack.size());
            for (SackBlock block : sack) {
                at = TcpOptions.emitSackBlock(memory, at, block.left(), block.right());
            }
        }
        MemorySegment.copy(payload, 0, memory, ValueLayout.JAVA_BYTE, at, payload.length);
        TcpView.emitChecksum(memory, offset, length(), source, destination);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof TcpSegment s
                && sourcePort == s.sourcePort
                && destinationPort == s.destinationPort
                && seq == s.seq
                && ack == s.ack
                && flags == s.flags
                && window == s.window
                && mss == s.mss
                && windowScale == s.windowScale
                && sackPermitted == s.sackPermitted
                && timestamps.equals(s.timestamps)
                && sack.equals(s.sack)
                && Arrays.equals(payload, s.payload);
    }

    @Override
    public int hashCode() {
        return Objects.hash(sourcePort, destinationPort, seq, ack, flags, Arrays.hashCode(payload));
    }

    @Override
    public String toString() {
        return "TCP " + sourcePort + " > " + destinationPort + " [" + TcpView.flagLetters(flags) + "] seq "
                + Integer.toUnsignedString(seq) + " ack " + Integer.toUnsignedString(ack) + " win " + window
                + (mss > 0 ? " mss " + mss : "")
                + (windowScale >= 0 ? " wscale " + windowScale : "")
                + (sackPermitted ? " sackOK" : "")
                + timestamps
                        .map(t ->
                                " ts " + Integer.toUnsignedString(t.value()) + "/" + Integer.toUnsignedString(t.echo()))
                        .orElse("")
                + (sack.isEmpty() ? "" : " " + sack)
                + " length " + payload.length;
    }
}
