package io.steamgate.edge.handoff;

import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.wire.NetworkOrder;

/**
 * A followed connection whose follower has ended with the process before this one. Bodies of known length that were under way go
 * on up to the marks that it has left; there the connection ends, because nobody knows where what comes behind them belongs.
 */
final class LastBodies {
    /** What each end has said last, and its mark, as the last process has left it. */
    record Ends(FollowedEnd client, FollowedEnd site) {}

    private final Gateway gateway;
    private final Flow flow;
    private final Ends ends;
    private final Offload.Seen seen = new Offload.Seen();

    private LastBodies(Gateway gateway, Flow flow, Ends ends) {
        this.gateway = gateway;
        this.flow = flow;
        this.ends = ends;
    }

    /** Watches a flow until the bodies under way are through. */
    static void watch(Gateway gateway, Flow flow, Ends ends) {
        LastBodies bodies = new LastBodies(gateway, flow, ends);
        flow.toEndpoint.watch = bodies.watch(ends.client);
        flow.toClient.watch = bodies.watch(ends.site);
    }

    /** Whether an end has not acknowledged yet what the other may still send. */
    static boolean underWay(Flow flow, Ends ends) {
        return ends.client.ack + flow.toEndpoint.ackDelta - ends.site.followAt < 0
                || ends.site.ack + flow.toClient.ackDelta - ends.client.followAt < 0;
    }

    private Splice.Watch watch(FollowedEnd end) {
        return new Splice.Watch() {
            @Override
            public boolean forward(IpPacket packet, Splice splice) {
                return passes(packet, end);
            }

            @Override
            public void swept() {
                catchUp(flow.toEndpoint, ends.client);
                catchUp(flow.toClient, ends.site);
                if (!underWay(flow, ends)) {
                    // Better now than when the client has something to say.
                    breakOff();
                }
            }

            @Override
            public FollowedEnd skips() {
                return end;
            }
        };
    }

    private void catchUp(Splice splice, FollowedEnd end) {
        if (gateway.path().seen(splice, seen) && seen.ack - end.ack > 0) {
            end.ack = seen.ack;
        }
    }

    private boolean passes(IpPacket packet, FollowedEnd end) {
        if ((Translation.flags(packet) & (Translation.SYN | Translation.RST)) != 0) {
            return true;
        }
        int length = packet.payloadLength() - Translation.headerLength(packet);
        int seq = NetworkOrder.i32(packet.memory(), packet.payloadOffset() + Translation.TCP_SEQ);
        if (length > 0 && seq + length - end.followAt > 0) {
            // A damaged one says nothing; it is sent again.
            if (gateway.tcp().checksumRight(packet)) {
                end.saw(packet);
                breakOff();
            }
            return false;
        }
        end.saw(packet);
        return true;
    }

    private void breakOff() {
        catchUp(flow.toEndpoint, ends.client);
        catchUp(flow.toClient, ends.site);
        gateway.breakOff(flow.path, ends.client.ack, ends.site.ack);
        gateway.path().forget(flow, FlowEnd.STOPPED);
    }
}
