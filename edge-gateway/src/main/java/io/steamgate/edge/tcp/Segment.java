package io.steamgate.edge.tcp;

import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.wire.TcpOptions;
import io.steamgate.edge.wire.TcpView;
import java.lang.foreign.MemorySegment;

/** The received segment under way: one instance a TCP, filled anew for each, cut to the window by the receiver. */
final class Segment {
    final TcpOptions options = new TcpOptions();
    MemorySegment memory = MemorySegment.NULL;
    int localAddress;
    int localPort;
    int remoteAddress;
    int remotePort;
    int seq;
    int ack;
    int flags;
    /** As on the wire, not scaled. */
    int window;

    int payloadOffset;
    /** Payload bytes. */
    int length;

    Segment read(IpPacket packet, TcpView view) {
        memory = packet.memory();
        localAddress = packet.destination();
        localPort = view.destinationPort();
        remoteAddress = packet.source();
        remotePort = view.sourcePort();
        seq = view.sequence();
        ack = view.acknowledgment();
        flags = view.flags();
        window = view.window();
        payloadOffset = view.payloadOffset();
        length = view.payloadLength();
        options.parse(memory, view.optionsOffset(), view.optionsLength());
        return this;
    }

    boolean syn() {
        return (flags & TcpView.SYN) != 0;
    }

    boolean hasAck() {
        return (flags & TcpView.ACK) != 0;
    }

    boolean rst() {
        return (flags & TcpView.RST) != 0;
    }

    boolean fin() {
        return (flags & TcpView.FIN) != 0;
    }

    /** SEG.LEN: payload, SYN and FIN. */
    int sequenceLength() {
        return length + (syn() ? 1 : 0) + (fin() ? 1 : 0);
    }

    /** The sequence number after the segment. */
    int end() {
        return seq + sequenceLength();
    }

    int ports() {
        return localPort << 16 | remotePort;
    }

    /** Drops what lies before {@code from}: a SYN first, then payload. */
    void cutBefore(int from) {
        int cut = from - seq;
        if (cut <= 0) {
            return;
        }
        if (syn()) {
            flags &= ~TcpView.SYN;
            seq++;
            cut--;
        }
        int bytes = Math.min(cut, length);
        seq += bytes;
        payloadOffset += bytes;
        length -= bytes;
        if (bytes < cut && fin()) {
            flags &= ~TcpView.FIN;
        }
    }

    /** Drops the payload from {@code to} on, and a FIN behind it. A FIN at {@code to} itself needs no buffer and stays. */
    void cutAfter(int to) {
        int excess = seq + length - to;
        if (excess > 0) {
            flags &= ~TcpView.FIN;
            length -= Math.min(excess, length);
        }
    }
}
