package io.steamgate.edge.handoff;

import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.wire.NetworkOrder;

/** What one end of a followed flow has said last, and what it may say unseen; all in its own numbers. */
final class FollowedEnd {
    int seq;
    int ack;
    /** Unscaled, as it came with {@link #ack}. */
    int window;

    int timestamp;
    /** The next octet of its stream that is to be looked at. */
    int position;
    /** Packets whose payload ends here or before may pass unseen. */
    int followAt;
    /** No packet may pass unseen, not even one without payload. */
    boolean every;
    /** How many acknowledgments passed unseen that have been taken in. */
    int acks;

    void start(int seq, int ack, int window, int timestamp) {
        this.seq = seq;
        this.ack = ack;
        this.window = window;
        this.timestamp = timestamp;
    }

    /** Takes in what a packet says. */
    void saw(IpPacket packet) {
        int tcp = packet.payloadOffset();
        int ackNow = NetworkOrder.i32(packet.memory(), tcp + Translation.TCP_ACK);
        if (ackNow - ack >= 0) {
            ack = ackNow;
            seq = NetworkOrder.i32(packet.memory(), tcp + Translation.TCP_SEQ);
            window = NetworkOrder.u16(packet.memory(), tcp + Translation.TCP_WINDOW);
        }
        int options = Translation.timestamps(packet);
        if (options >= 0) {
            saw(NetworkOrder.i32(packet.memory(), options + 2));
        }
    }

    /**
     * Takes in what packets said that passed unseen. Nobody has looked at their checksums.
     *
     * @param sent the end of what this end can acknowledge
     * @param tsDelta what was added to their timestamps
     */
    void saw(Offload.Seen passed, int sent, int tsDelta) {
        if (passed.acks != acks) {
            acks = passed.acks;
            if (passed.ack - ack >= 0 && passed.ack - sent <= 0) {
                ack = passed.ack;
                window = passed.window;
            }
        }
        saw(passed.tsVal - tsDelta);
    }

    private void saw(int tsVal) {
        if (tsVal - timestamp > 0) {
            timestamp = tsVal;
        }
    }
}
