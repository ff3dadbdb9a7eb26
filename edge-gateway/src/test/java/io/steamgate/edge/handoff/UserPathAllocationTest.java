package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.steamgate.edge.link.SinkDevice;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.StackSettings;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class UserPathAllocationTest {
    private static final int CLIENT = 0xC000_0202;
    private static final int VIP = 0xC000_020A;
    private static final int EDGE = 0xC633_6401;
    private static final int SITE = 0xC633_640B;
    private static final MacAddress WAN = new MacAddress(0x0200_0000_0001L);
    private static final MacAddress LAN = new MacAddress(0x0200_0000_0002L);

    private final SinkDevice lan = new SinkDevice(LAN);
    private final Timers timers = new Timers(new ManualClock());
    private final Stack stack = new Stack(
            java.util.List.of(new Stack.Link(new SinkDevice(WAN)), new Stack.Link(lan)),
            timers,
            Randomness.seeded(1),
            StackSettings.DEFAULT);
    private final Nic wan = stack.nics().getFirst();

    /** A segment of the client with timestamps, a SACK block and payload. */
    private static byte[] segment() {
        byte[] options = HexFormat.of().parseHex("0101080A00000064000000C80101050A000007D000000BB8");
        ByteBuffer b = ByteBuffer.allocate(14 + 20 + 20 + options.length + 1000);
        b.putShort((short) (WAN.bits() >> 32)).putInt((int) WAN.bits());
        b.put(new byte[6]).putShort((short) 0x800);
        b.put((byte) 0x45).put((byte) 0).putShort((short) (b.capacity() - 14)).putInt(0x4000);
        b.put((byte) 64).put((byte) 6).putShort((short) 0).putInt(CLIENT).putInt(VIP);
        int sum = 0;
        for (int at = 14; at < 34; at += 2) {
            sum += b.getShort(at) & 0xFFFF;
        }
        b.putShort(24, (short) ~((sum & 0xFFFF) + (sum >>> 16)));
        b.putShort((short) 40_000).putShort((short) 80).putInt(1000).putInt(2000);
        b.put((byte) ((20 + options.length) / 4 << 4))
                .put((byte) Translation.ACK)
                .putShort((short) 500)
                .putInt(0);
        b.put(options);
        return b.array();
    }

    @Test
    void nothing_is_allocated_for_a_packet_of_a_spliced_flow() {
        Tcp tcp = new Tcp(stack.output(), timers, Randomness.seeded(2), TcpSettings.defaults());
        UserPath path = new UserPath(1, stack, tcp, timers.clock(), new FlowListener() {
            @Override
            public void revived(Flow flow) {}

            @Override
            public void ended(Flow flow, FlowEnd end) {}

            @Override
            public void forgotten(Flow flow) {}
        });
        stack.interceptor(path);
        Flow flow = Flows.flow(1, new Flow.Path(CLIENT, 40_000, VIP, 80, EDGE, 1234, SITE, 8080));
        stack.neighbors().restore(0, stack.nics().get(1), SITE, 0x0200_0000_0003L);
        flow.toEndpoint.neighbor = 0;
        flow.toEndpoint.seqDelta = 7;
        flow.toEndpoint.tsValDelta = 9;
        flow.toEndpoint.windowShift = -1;
        path.open(flow);
        byte[] bytes = segment();
        Frame frame = Frame.copyOf(bytes);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().threadId();
        for (int i = 0; i < 20_000; i++) {
            pass(frame, bytes);
        }
        // The JIT compiles in its own time, and an interpreter allocates where compiled code does not: the best counts.
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 1000; i++) {
                pass(frame, bytes);
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(id) - before);
        }
        assertThat(least).as("bytes for 1000 packets").isLessThan(1000);
        assertThat(lan.counters().sentFrames().get()).isEqualTo(40_000);
        assertThat(flow.toEndpoint.packets).isEqualTo(40_000);
    }

    private void pass(Frame frame, byte[] bytes) {
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.start(), bytes.length);
        stack.receive(wan, frame);
    }
}
