package io.steamgate.edge.tcp;

import io.steamgate.edge.stack.IpOutput;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.TcpOptions;
import io.steamgate.edge.wire.TcpView;
import java.lang.foreign.MemorySegment;

/** Builds segments in frames of the IP floor and sends them. Allocates nothing. */
final class SegmentWriter {
    private static final int START = IpOutput.TRANSPORT;
    private static final int OPTIONS = START + TcpView.HEADER;

    private final IpOutput output;
    private final TcpCounters counters;
    private final int[] blocks = new int[2 * TcpOptions.MAX_SACK_BLOCKS];

    SegmentWriter(IpOutput output, TcpCounters counters) {
        this.output = output;
        this.counters = counters;
    }

    /** A SYN or SYN-ACK with the options of {@code offer}; {@code tsVal} and {@code tsEcr} count where it has timestamps. */
    boolean syn(TcpEntry entry, int seq, int ack, int flags, int window, SynOffer offer, int tsVal, int tsEcr) {
        return syn(entry.localAddress, entry.remoteAddress, entry.ports, seq, ack, flags, window, offer, tsVal, tsEcr);
    }

    boolean syn(
            int localAddress,
            int remoteAddress,
            int ports,
            int seq,
            int ack,
            int flags,
            int window,
            SynOffer offer,
            int tsVal,
            int tsEcr) {
        Frame frame = output.allocate();
        int end = TcpOptions.emitSyn(
                frame.memory(),
                OPTIONS,
                offer.mss(),
                offer.windowScale(),
                offer.sack(),
                offer.timestamps(),
                tsVal,
                tsEcr);
        return send(frame, localAddress, remoteAddress, ports, seq, ack, end, end, flags, window, true);
    }

    /** A segment without payload or options. */
    boolean bare(int localAddress, int remoteAddress, int ports, int seq, int ack, int flags, int window) {
        return send(
                output.allocate(), localAddress, remoteAddress, ports, seq, ack, OPTIONS, OPTIONS, flags, window, true);
    }

    /** A segment without payload but with timestamps. */
    boolean stamped(TcpEntry entry, int seq, int ack, int flags, int window, int tsVal, int tsEcr) {
        return stamped(entry.localAddress, entry.remoteAddress, entry.ports, seq, ack, flags, window, tsVal, tsEcr);
    }

    boolean stamped(
            int localAddress,
            int remoteAddress,
            int ports,
            int seq,
            int ack,
            int flags,
            int window,
            int tsVal,
            int tsEcr) {
        Frame frame = output.allocate();
        int end = TcpOptions.emitTimestamps(frame.memory(), OPTIONS, tsVal, tsEcr);
        return send(frame, localAddress, remoteAddress, ports, seq, ack, end, end, flags, window, true);
    }

    /** A segment of an established connection: timestamps and SACK blocks as agreed, {@code length} bytes of payload. */
    boolean data(
            TcpConnection connection, int seq, int flags, int window, int index, int length, boolean dontFragment) {
        Frame frame = output.allocate();
        MemorySegment memory = frame.memory();
        Receiver receiver = connection.receiver();
        TcpAgreement agreed = connection.agreed();
        int at = OPTIONS;
        if (agreed.timestamps()) {
            at = TcpOptions.emitTimestamps(memory, at, connection.timestamp(), receiver.tsRecent);
        }
        if (agreed.sack() && receiver.hasEarly()) {
            int count = receiver.sackBlocks(blocks, agreed.timestamps() ? 3 : TcpOptions.MAX_SACK_BLOCKS);
            at = TcpOptions.emitSackHead(memory, at, count);
            for (int i = 0; i < count; i++) {
                at = TcpOptions.emitSackBlock(memory, at, blocks[2 * i], blocks[2 * i + 1]);
            }
        }
        if (length > 0) {
            connection.sender().buffer.copyTo(index, memory, at, length);
        }
        return send(
                frame,
                connection.localAddress,
                connection.remoteAddress,
                connection.ports,
                seq,
                receiver.rcvNxt,
                at,
                at + length,
                flags,
                Math.min(window >>> receiver.shift, 0xFFFF),
                dontFragment);
    }

    /** Answers a segment of no connection with a reset (RFC 9293 section 3.10.7.1). */
    boolean reset(Segment to) {
        counters.resetsSent.increment();
        int flags = to.hasAck() ? TcpView.RST : TcpView.RST | TcpView.ACK;
        return bare(
                to.localAddress,
                to.remoteAddress,
                to.ports(),
                to.hasAck() ? to.ack : 0,
                to.hasAck() ? 0 : to.end(),
                flags,
                0);
    }

    private boolean send(
            Frame frame,
            int localAddress,
            int remoteAddress,
            int ports,
            int seq,
            int ack,
            int payload,
            int end,
            int flags,
            int window,
            boolean dontFragment) {
        MemorySegment memory = frame.memory();
        TcpView.emitHeader(memory, START, ports >>> 16, ports & 0xFFFF, seq, ack, payload - START, flags, window);
        TcpView.emitChecksum(memory, START, end - START, localAddress, remoteAddress);
        counters.segmentsSent.increment();
        boolean sent = output.send(frame, localAddress, remoteAddress, Tcp.PROTOCOL, end - START, dontFragment);
        if (!sent) {
            counters.unsent.increment();
        }
        return sent;
    }
}
