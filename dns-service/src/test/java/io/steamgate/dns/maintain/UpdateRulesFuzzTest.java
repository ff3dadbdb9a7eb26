package io.steamgate.dns.maintain;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.Zone;
import java.io.IOException;
import org.xbill.DNS.Message;

/** Whatever update comes from whom has the key, the zone after it is a zone: with one SOA and a newer serial, or as it was. */
class UpdateRulesFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        byte[] wire = octets.clone();
        if (wire.length < Dns.HEADER) {
            return;
        }
        wire[2] = Dns.OPCODE_UPDATE << 3;
        Message message;
        try {
            message = Maintenance.read(wire);
        } catch (IOException | RuntimeException e) {
            // The library refuses it: what it throws, unchecked ones too, is caught where it is called.
            return;
        }
        Zone before = SmallZone.make();
        UpdateRules.Result result = UpdateRules.apply(before, message);
        result.changed().ifPresent(after -> {
            assertThat(result.rcode()).isZero();
            assertThat(after.serial()).isNotEqualTo(before.serial());
            assertThat(after.records()).filteredOn(rr -> rr.type() == Dns.SOA).hasSize(1);
            assertThat(after.records()).anyMatch(rr -> rr.type() == Dns.NS && Names.same(rr.owner(), SmallZone.ORIGIN));
        });
    }
}
