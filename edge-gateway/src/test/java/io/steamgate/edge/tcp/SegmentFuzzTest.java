package io.steamgate.edge.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.stack.IcmpError;
import io.steamgate.edge.wire.TcpView;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bytes from the network never throw, never hang, never grow memory without bound. */
class SegmentFuzzTest {
    @Test
    void random_segments_around_a_live_connection_never_throw() {
        for (int seed = 0; seed < 150; seed++) {
            Random random = new Random(seed);
            ScriptedPeer peer = new ScriptedPeer(TcpSettings.defaults()
                    .withEmbryonicLimit(3)
                    .withTimeWait(3, 60_000_000_000L)
                    .withCubic(seed % 2 == 0)
                    .withKeepAlive(seed % 3 == 0 ? 2_000_000_000L : 0, 2));
            Application application = new Application(new byte[20_000]);
            application.closesWhenSent = random.nextBoolean();
            peer.timestamps = random.nextBoolean();
            peer.listen(ScriptedPeer.FULL, 5_000, application);
            peer.handshake(random.nextBoolean());
            if (random.nextBoolean()) {
                application.pump();
            }
            for (int i = 0; i < 1500; i++) {
                byte[] segment = segment(random, peer);
                peer.tcp.receive(peer.ip.packet(segment, ScriptedPeer.PEER, ScriptedPeer.US));
                if (random.nextInt(20) == 0) {
                    peer.pass(random.nextInt(3000));
                }
                if (random.nextInt(50) == 0 && segment.length >= 8) {
                    peer.tcp.error(
                            new IcmpError(3, random.nextInt(6), random.nextInt(2000)),
                            ScriptedPeer.US,
                            ScriptedPeer.PEER,
                            peer.ip.packet(segment, ScriptedPeer.PEER, ScriptedPeer.US),
                            18,
                            8);
                }
                if (!peer.sent.isEmpty()) {
                    peer.ack = peer.sent.peekLast().seq();
                    peer.sent.clear();
                }
            }
            assertThat(peer.ip.leaked()).isZero();
            assertThat(peer.tcp.counters().embryonic.get()).isBetween(0L, 3L);
            assertThat(peer.tcp.counters().timeWaits.get()).isBetween(0L, 3L);
            assertThat(application.connection().receiveArray().length).isLessThanOrEqualTo(32_768);
        }
    }

    private static byte[] segment(Random random, ScriptedPeer peer) {
        int options = random.nextInt(4) == 0 ? random.nextInt(11) * 4 : peer.timestamps ? 12 : 0;
        int header = 20 + options;
        byte[] bytes = new byte[header + (random.nextBoolean() ? random.nextInt(1460) : 0)];
        random.nextBytes(bytes);
        put16(bytes, 0, random.nextInt(8) == 0 ? random.nextInt(65_536) : ScriptedPeer.PEER_PORT);
        put16(bytes, 2, random.nextInt(20) == 0 ? random.nextInt(65_536) : ScriptedPeer.OUR_PORT);
        int seq = peer.seq + (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(8000) - 1000);
        int ack = random.nextInt(3) == 0 ? random.nextInt() : peer.ack + random.nextInt(4000) - 100;
        put32(bytes, 4, random.nextBoolean() ? peer.seq : seq);
        put32(bytes, 8, ack);
        bytes[12] = (byte) (random.nextInt(30) == 0 ? random.nextInt(256) : header / 4 << 4);
        int flags = switch (random.nextInt(10)) {
            case 0 -> random.nextInt(256);
            case 1 -> TcpView.SYN;
            case 2 -> TcpView.FIN | TcpView.ACK;
            default -> TcpView.ACK;
        };
        bytes[13] = (byte) flags;
        if (options == 12 && header == 32) {
            put32(bytes, 20, 0x0101_080A);
            put32(bytes, 24, peer.tsVal + random.nextInt(10));
        } else if (options >= 12 && random.nextBoolean()) {
            put32(bytes, 20, 0x0101_0500 | 2 + 8 * ((options - 4) / 8));
            for (int at = 24; at + 4 <= header; at += 4) {
                put32(bytes, at, peer.ack + random.nextInt(20_000));
            }
        }
        if (random.nextInt(30) != 0) {
            io.steamgate.edge.wire.Frame frame = io.steamgate.edge.wire.Frame.copyOf(bytes);
            TcpView.emitChecksum(frame.memory(), frame.start(), bytes.length, ScriptedPeer.PEER, ScriptedPeer.US);
            return frame.toBytes();
        }
        return bytes;
    }

    private static void put16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    private static void put32(byte[] bytes, int at, int value) {
        put16(bytes, at, value >>> 16);
        put16(bytes, at + 2, value);
    }
}
