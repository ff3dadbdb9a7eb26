package io.steamgate.dns.maintain;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/** Signatures of whoever sends one. */
class KeyringFuzzTest {
    private final Keyring keys = new Keyring();

    KeyringFuzzTest() {
        keys.add("k", "hmac-sha256", "MDEyMzQ1Njc4OWFiY2RlZg==");
    }

    @FuzzTest
    void fuzz(byte[] octets) throws IOException {
        Message message;
        try {
            message = Maintenance.read(octets);
        } catch (IOException | RuntimeException e) {
            // The library refuses it: what it throws, unchecked ones too, is caught where it is called.
            return;
        }
        switch (keys.check(message, octets)) {
            case Keyring.Unsigned _ -> assertThat(message.getTSIG()).isNull();
            case Keyring.Invalid invalid -> {
                Message answer = new Message(invalid.answer());
                assertThat(answer.getHeader().getID())
                        .isEqualTo(message.getHeader().getID());
                assertThat(answer.getHeader().getRcode()).isEqualTo(Rcode.NOTAUTH);
                assertThat(answer.getTSIG()).isNotNull();
            }
            case Keyring.Valid valid -> assertThat(valid.record()).isNotNull();
        }
    }
}
