package io.steamgate.edge.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.runtime.Clock;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The parts that stand alone: tables, ranges, hashes, windows. */
class TablesTest {
    private static final class Entries {
        private final ScriptedPeer peer = new ScriptedPeer();

        TcpEntry entry(int port) {
            ConnectRequest request =
                    ConnectRequest.of(ScriptedPeer.US, 80, ScriptedPeer.PEER + port % 7, port, SynOffer.PLAIN, 1);
            return Openings.active(peer.tcp, request, 1, TcpEvents.NONE);
        }
    }

    @Test
    void the_connection_table_is_a_map() {
        Entries entries = new Entries();
        ConnectionTable table = new ConnectionTable(0x1234_5678_9ABC_DEF0L);
        Map<Integer, TcpEntry> model = new HashMap<>();
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            int port = random.nextInt(i < 10_000 ? 2000 : 100);
            TcpEntry known = model.get(port);
            if (known != null && random.nextBoolean()) {
                assertThat(table.remove(known)).isTrue();
                assertThat(table.remove(known)).isFalse();
                model.remove(port);
            } else {
                TcpEntry entry = entries.entry(port);
                table.put(entry);
                model.put(port, entry);
            }
        }
        assertThat(table.size()).isEqualTo(model.size());
        for (int port = 0; port < 2000; port++) {
            assertThat(table.get(ScriptedPeer.US, ScriptedPeer.PEER + port % 7, 80 << 16 | port))
                    .isSameAs(model.get(port));
        }
    }

    @Test
    void ranges_are_a_set_of_numbers_across_the_wrap() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            int origin = 0xFFFF_FF80;
            SeqRanges ranges = new SeqRanges(1000);
            BitSet model = new BitSet();
            for (int i = 0; i < 60; i++) {
                int from = random.nextInt(250);
                int to = from + 1 + random.nextInt(12);
                int before = model.cardinality();
                model.set(from, to);
                assertThat(ranges.add(origin + from, origin + to)).isEqualTo(model.cardinality() - before);
                if (i % 20 == 19) {
                    int drop = random.nextInt(60);
                    model.clear(0, drop);
                    ranges.dropBefore(origin + drop);
                }
            }
            BitSet rebuilt = new BitSet();
            for (int i = 0; i < ranges.count(); i++) {
                rebuilt.set(ranges.left(i) - origin, ranges.right(i) - origin);
                assertThat(i > 0 && ranges.left(i) == ranges.right(i - 1)).isFalse();
            }
            assertThat(rebuilt).isEqualTo(model);
            BitSet window = (BitSet) model.clone();
            window.clear(0, 40);
            window.clear(200, 400);
            assertThat(ranges.missing(origin + 40, origin + 200)).isEqualTo(160 - window.cardinality());
        }
    }

    @Test
    void ranges_are_bounded() {
        SeqRanges ranges = new SeqRanges(2);
        assertThat(ranges.add(10, 20)).isEqualTo(10);
        assertThat(ranges.add(30, 40)).isEqualTo(10);
        assertThat(ranges.add(50, 60)).isEqualTo(-1);
        assertThat(ranges.add(15, 35)).isEqualTo(10);
        assertThat(ranges.count()).isEqualTo(1);
        assertThat(ranges.add(50, 60)).isEqualTo(10);
    }

    @Test
    void siphash_gives_what_its_authors_say() {
        // The key and input bytes count up from 0, as in the test vectors of the reference implementation.
        SipHash hash = new SipHash(0x0706_0504_0302_0100L, 0x0F0E_0D0C_0B0A_0908L);
        assertThat(hash.hash(0x0706_0504_0302_0100L, 0x0F0E_0D0C_0B0A_0908L, 0x1716_1514_1312_1110L))
                .isEqualTo(0xB8AD_50C6_F649_AF94L);
    }

    @Test
    void the_timeout_follows_rfc_6298() {
        RttEstimator rtt = new RttEstimator(0);
        assertThat(rtt.rto()).isEqualTo(Clock.NANOS_PER_SECOND);
        rtt.sample(100_000_000);
        assertThat(rtt.rto()).as("R + 4 R/2").isEqualTo(300_000_000L);
        rtt.sample(200_000_000);
        // RTTVAR = 3/4 50 + 1/4 100 = 62.5; SRTT = 7/8 100 + 1/8 200 = 112.5 ms.
        assertThat(rtt.rto()).isEqualTo(362_500_000L);
        rtt.backOff();
        assertThat(rtt.rto()).isEqualTo(725_000_000L);
        for (int i = 0; i < 100; i++) {
            rtt.backOff();
        }
        assertThat(rtt.rto()).isEqualTo(60 * Clock.NANOS_PER_SECOND);
    }

    @Test
    void reno_doubles_in_slow_start_and_adds_a_segment_a_round_trip_after() {
        Reno reno = new Reno(1000);
        assertThat(reno.cwnd()).isEqualTo(10_000);
        for (int i = 0; i < 10; i++) {
            reno.acknowledged(1000, 0, 0, true);
        }
        assertThat(reno.cwnd()).isEqualTo(20_000);
        reno.loss(20_000, 0);
        assertThat(reno.cwnd()).isEqualTo(10_000);
        for (int i = 0; i < 10; i++) {
            reno.acknowledged(1000, 0, 0, true);
        }
        assertThat(reno.cwnd()).isEqualTo(11_000);
        reno.acknowledged(1_000_000, 0, 0, false);
        assertThat(reno.cwnd()).as("an unused window does not grow").isEqualTo(11_000);
        reno.timeout(11_000, 0, false);
        assertThat(reno.cwnd()).isEqualTo(1000);
        assertThat(reno.ssthresh()).isEqualTo(5500);
    }

    @Test
    void cubic_returns_to_its_window_after_k_seconds_and_then_grows_faster() {
        Cubic cubic = new Cubic(1000);
        cubic.acknowledged(0, 0, 0, true);
        for (int i = 0; i < 90; i++) {
            cubic.acknowledged(1000, 0, 0, true);
        }
        assertThat(cubic.cwnd()).isEqualTo(100_000);
        cubic.loss(100_000, 0);
        assertThat(cubic.cwnd()).isEqualTo(70_000);
        // K = cbrt(100 * 0.3 / 0.4) = 4.217 s
        long rtt = 100_000_000L;
        long[] windows = new long[101];
        for (int trip = 0; trip <= 100; trip++) {
            windows[trip] = cubic.cwnd();
            int segments = cubic.cwnd() / 1000;
            for (int i = 0; i < segments; i++) {
                cubic.acknowledged(1000, trip * rtt + i * (rtt / segments), rtt, true);
            }
        }
        assertThat(windows[42]).isBetween(97_000L, 103_000L);
        assertThat(windows[30]).isGreaterThan(85_000L);
        assertThat(windows[60] - windows[50]).isGreaterThan(windows[47] - windows[37]);
        cubic.loss(cubic.cwnd(), 0);
        int second = cubic.cwnd();
        assertThat(second).isBetween((int) (windows[100] * 0.65), (int) (windows[100] * 0.75));
    }

    @Test
    void a_cookie_holds_the_nearest_smaller_mss() {
        assertThat(SynCookies.indexOfMss(1)).isZero();
        assertThat(SynCookies.indexOfMss(535)).isEqualTo(1);
        assertThat(SynCookies.indexOfMss(1460)).isEqualTo(6);
        assertThat(SynCookies.indexOfMss(65_535)).isEqualTo(7);
    }

    @Test
    void a_cookie_timestamp_is_never_in_the_future() {
        for (int now = -3000; now < 3000; now += 7) {
            int stamped = SynCookies.timestamp(now, 9, 7, true);
            assertThat(now - stamped).isBetween(0, 511);
            assertThat(SynCookies.peerShift(stamped)).isEqualTo(9);
            assertThat(SynCookies.ownShift(stamped)).isEqualTo(7);
            assertThat(SynCookies.sack(stamped)).isTrue();
            assertThat(SynCookies.peerShift(SynCookies.timestamp(now, -1, -1, false)))
                    .isEqualTo(-1);
        }
    }
}
