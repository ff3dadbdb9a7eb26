package io.steamgate.dns.resolve;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Writer;
import io.steamgate.dns.wire.Writer.Section;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * What another server is asked.
 *
 * @param recursive whether it shall find the answer elsewhere (RD)
 * @param edns whether to offer EDNS, and with it larger datagrams
 */
record Question(byte[] name, int type, boolean dnssecOk, boolean checkingDisabled, boolean recursive, boolean edns) {
    /** Largest datagram asked for: it crosses every path without fragments (DNS flag day 2020). */
    static final int UDP_SIZE = 1232;

    Question withoutEdns() {
        return new Question(name, type, false, checkingDisabled, recursive, false);
    }

    /** The name with each letter's case by chance: an answer that repeats it was no blind guess. */
    byte[] spelled(RandomGenerator random) {
        byte[] spelled = name.clone();
        long bits = 0;
        int left = 0;
        for (int i = 0; i < spelled.length; i++) {
            byte octet = Names.lower(spelled[i]);
            if (octet >= 'a' && octet <= 'z') {
                if (left == 0) {
                    bits = random.nextLong();
                    left = 64;
                }
                spelled[i] = (bits & 1) == 0 ? octet : (byte) (octet - 32);
                bits >>>= 1;
                left--;
            }
        }
        return spelled;
    }

    byte[] message(Writer writer, int id, byte[] spelled) {
        writer.begin(id, (recursive ? Dns.RD : 0) | (checkingDisabled ? Dns.CD : 0));
        writer.question(spelled, type, Dns.CLASS_IN);
        if (edns) {
            writer.u8(0);
            writer.u16(Dns.OPT);
            writer.u16(UDP_SIZE);
            writer.u32(dnssecOk ? 0x8000 : 0);
            writer.u16(0);
            writer.counted(Section.ADDITIONAL);
        }
        writer.finish();
        return Arrays.copyOf(writer.bytes(), writer.position());
    }
}
