package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.IgmpView.Report;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class IgmpViewTest {
    private final IgmpView view = new IgmpView();

    @Test
    void a_general_query_of_version_2_is_read() {
        assertThat(view.wrap(Octets.memory("11 64 ee9b 00000000"), 0, 8)).isTrue();
        assertThat(view.checksumValid()).isTrue();
        assertThat(view.queryVersion()).isEqualTo(2);
        assertThat(view.maxResponse()).isEqualTo(100);
        assertThat(view.group()).isZero();
    }

    @Test
    void a_query_of_version_3_is_told_by_its_length_and_may_give_minutes() {
        assertThat(view.wrap(Octets.memory("11 ff 0000 00000000 02 7d 0000"), 0, 12))
                .isTrue();
        assertThat(view.queryVersion()).isEqualTo(3);
        assertThat(view.maxResponse()).isEqualTo(31_744);
    }

    @Test
    void a_query_without_a_response_time_is_of_version_1() {
        assertThat(view.wrap(Octets.memory("11 00 eeff 00000000"), 0, 8)).isTrue();
        assertThat(view.queryVersion()).isEqualTo(1);
        assertThat(view.maxResponse()).isEqualTo(100);
    }

    @Test
    void a_report_of_version_3_is_written() {
        MemorySegment memory = Octets.memory(new byte[16]);
        Report report =
                new Report(List.of(new Report.GroupRecord(Report.CHANGE_TO_EXCLUDE, Ipv4Address.parse("224.0.0.123"))));
        assertThat(report.emit(memory, 0)).isEqualTo(16);
        assertThat(Octets.from(memory, 0, 16)).isEqualTo(Octets.of("22 00 f982 0000 0001 04 00 0000 e000007b"));
    }

    @Test
    void a_report_whose_records_run_past_its_end_is_refused() {
        MemorySegment memory = Octets.memory("22 00 0000 0000 0002 04 00 0000 e000007b");
        NetworkOrder.put16(memory, 2, Checksum.finish(Checksum.add(0, memory, 0, 16)));
        assertThat(Report.parse(memory, 0, 16)).isEmpty();
    }
}
