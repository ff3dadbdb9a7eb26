package io.steamgate.dns.maintain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/** Updates that no client of dnsjava can make. */
class UpdateRulesTest {
    private static final String OF_ZONE = "0161 0474657374 00 0006 0001";
    /** An address and a protocol, and no bitmap: dnsjava reads it and cannot write it. */
    private static final String WKS_WITHOUT_SERVICES = "C00C 000B 0001 00000000 0005 C000020106";

    private static int rcode(int prerequisites, int updates, String record) throws IOException {
        String header = "0001 2800 0001 %04X %04X 0000".formatted(prerequisites, updates);
        byte[] wire = HexFormat.of().parseHex((header + OF_ZONE + record).replace(" ", ""));
        UpdateRules.Result result = UpdateRules.apply(SmallZone.make(), new Message(wire));
        assertThat(result.changed()).isEmpty();
        return result.rcode();
    }

    @Test
    void a_record_that_cannot_be_written_is_a_format_error_wherever_it_is() throws IOException {
        assertThat(rcode(1, 0, WKS_WITHOUT_SERVICES)).isEqualTo(Rcode.FORMERR);
        assertThat(rcode(0, 1, WKS_WITHOUT_SERVICES)).isEqualTo(Rcode.FORMERR);
        assertThat(rcode(0, 1, WKS_WITHOUT_SERVICES.replace("C00C 000B 0001", "C00C 000B 00FE")))
                .isEqualTo(Rcode.FORMERR);
    }

    @Test
    void a_soa_record_without_data_is_a_format_error_where_it_is_to_be_added_and_goes_nowhere() throws IOException {
        assertThat(rcode(0, 1, "C00C 0006 0001 00000000 0000")).isEqualTo(Rcode.FORMERR);
        assertThat(rcode(1, 0, "C00C 0006 0001 00000000 0000")).isEqualTo(Rcode.NXRRSET);
        assertThat(rcode(0, 1, "C00C 0006 00FE 00000000 0000")).isEqualTo(Rcode.NOERROR);
    }
}
