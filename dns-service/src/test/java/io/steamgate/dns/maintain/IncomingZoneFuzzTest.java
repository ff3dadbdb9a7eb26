package io.steamgate.dns.maintain;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.zone.Zone;
import java.io.IOException;
import java.util.Optional;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Whatever a primary sends, it makes a zone that is newer and whole, or none. */
class IncomingZoneFuzzTest {
    private static final long MAX_WEIGHT = 4000;

    @FuzzTest
    void fuzz(byte[] octets) {
        Message message;
        try {
            message = new Message(octets);
        } catch (IOException | RuntimeException e) {
            // The library refuses it: what it throws, unchecked ones too, is caught where it is called.
            return;
        }
        Zone before = SmallZone.make();
        boolean incremental = octets[0] % 2 == 0;
        IncomingZone incoming =
                new IncomingZone(SmallZone.ORIGIN, incremental ? Optional.of(before) : Optional.empty(), MAX_WEIGHT);
        try {
            for (Record record : message.getSection(Section.ANSWER)) {
                incoming.take(record);
            }
            if (incoming.isDone()) {
                incoming.zone().ifPresent(after -> {
                    assertThat(after.records())
                            .filteredOn(rr -> rr.type() == Dns.SOA)
                            .hasSize(1);
                    assertThat(incremental && after.serial() == before.serial()).isFalse();
                });
            }
        } catch (TransferException e) {
            assertThat(e.outcome()).isIn(Secondaries.Outcome.MALFORMED, Secondaries.Outcome.TOO_LARGE);
        }
    }
}
