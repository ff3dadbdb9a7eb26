package io.steamgate.state.schema;

import io.steamgate.state.store.Flow;
import java.util.Objects;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.infinispan.protostream.annotations.ProtoName;
import org.infinispan.protostream.descriptors.Type;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(Flow.class)
final class FlowAdapter {
    private static final Flow.Point NOWHERE = new Flow.Point(Wire.blob(null), 0);
    private static final Flow.Way UNCHANGED = new Flow.Way(0, 0, 0, 0, 0, 0, false);

    @ProtoFactory
    Flow create(
            Flow.@Nullable Key key,
            @Nullable String listener,
            @Nullable String service,
            @Nullable String host,
            Flow.@Nullable Point local,
            Flow.@Nullable Point endpoint,
            Flow.@Nullable Way toEndpoint,
            Flow.@Nullable Way toClient,
            long started) {
        return new Flow(
                Objects.requireNonNullElse(key, new Flow.Key(0, NOWHERE, NOWHERE)),
                Wire.text(listener),
                Wire.text(service),
                Wire.optional(host),
                Objects.requireNonNullElse(local, NOWHERE),
                Objects.requireNonNullElse(endpoint, NOWHERE),
                Objects.requireNonNullElse(toEndpoint, UNCHANGED),
                Objects.requireNonNullElse(toClient, UNCHANGED),
                Wire.time(started));
    }

    @ProtoField(1)
    Flow.Key getKey(Flow flow) {
        return flow.key();
    }

    @ProtoField(2)
    String getListener(Flow flow) {
        return flow.listener();
    }

    @ProtoField(3)
    String getService(Flow flow) {
        return flow.service();
    }

    @ProtoField(4)
    @Nullable
    String getHost(Flow flow) {
        return flow.host().orElse(null);
    }

    @ProtoField(5)
    Flow.Point getLocal(Flow flow) {
        return flow.local();
    }

    @ProtoField(6)
    Flow.Point getEndpoint(Flow flow) {
        return flow.endpoint();
    }

    @ProtoField(7)
    Flow.Way getToEndpoint(Flow flow) {
        return flow.toEndpoint();
    }

    @ProtoField(8)
    Flow.Way getToClient(Flow flow) {
        return flow.toClient();
    }

    @ProtoField(value = 9, defaultValue = "0")
    long getStarted(Flow flow) {
        return Wire.millis(flow.started());
    }

    @ProtoAdapter(Flow.Key.class)
    @ProtoName("FlowKey")
    static final class KeyAdapter {
        @ProtoFactory
        Flow.Key create(int protocol, Flow.@Nullable Point client, Flow.@Nullable Point vip) {
            return new Flow.Key(
                    protocol, Objects.requireNonNullElse(client, NOWHERE), Objects.requireNonNullElse(vip, NOWHERE));
        }

        @ProtoField(value = 1, defaultValue = "0")
        int getProtocol(Flow.Key key) {
            return key.protocol();
        }

        @ProtoField(2)
        Flow.Point getClient(Flow.Key key) {
            return key.client();
        }

        @ProtoField(3)
        Flow.Point getVip(Flow.Key key) {
            return key.vip();
        }
    }

    @ProtoAdapter(Flow.Point.class)
    static final class PointAdapter {
        @ProtoFactory
        Flow.Point create(byte @Nullable [] address, int port) {
            return new Flow.Point(Wire.blob(address), port);
        }

        @ProtoField(1)
        byte[] getAddress(Flow.Point point) {
            return point.address().toByteArray();
        }

        @ProtoField(value = 2, defaultValue = "0")
        int getPort(Flow.Point point) {
            return point.port();
        }
    }

    @ProtoAdapter(Flow.Way.class)
    static final class WayAdapter {
        @ProtoFactory
        Flow.Way create(
                int seqDelta,
                int ackDelta,
                int tsValDelta,
                int tsEcrDelta,
                int windowShift,
                int lastTsVal,
                boolean finSeen) {
            return new Flow.Way(seqDelta, ackDelta, tsValDelta, tsEcrDelta, windowShift, lastTsVal, finSeen);
        }

        @ProtoField(value = 1, defaultValue = "0", type = Type.SFIXED32)
        int getSeqDelta(Flow.Way way) {
            return way.seqDelta();
        }

        @ProtoField(value = 2, defaultValue = "0", type = Type.SFIXED32)
        int getAckDelta(Flow.Way way) {
            return way.ackDelta();
        }

        @ProtoField(value = 3, defaultValue = "0", type = Type.SFIXED32)
        int getTsValDelta(Flow.Way way) {
            return way.tsValDelta();
        }

        @ProtoField(value = 4, defaultValue = "0", type = Type.SFIXED32)
        int getTsEcrDelta(Flow.Way way) {
            return way.tsEcrDelta();
        }

        @ProtoField(value = 5, defaultValue = "0", type = Type.SINT32)
        int getWindowShift(Flow.Way way) {
            return way.windowShift();
        }

        @ProtoField(value = 6, defaultValue = "0", type = Type.SFIXED32)
        int getLastTsVal(Flow.Way way) {
            return way.lastTsVal();
        }

        @ProtoField(value = 7, defaultValue = "false")
        boolean isFinSeen(Flow.Way way) {
            return way.finSeen();
        }
    }
}
