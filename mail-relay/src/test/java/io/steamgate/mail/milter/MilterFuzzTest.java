package io.steamgate.mail.milter;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;

/** Any filter: an outcome or a wait, never an exception; and in whatever pieces its octets come, the same. */
class MilterFuzzTest {
    private static String run(byte[] input, int piece) {
        StringBuilder seen = new StringBuilder();
        MilterDialogue dialogue = new MilterDialogue(packet -> seen.append((char) packet[4]));
        MilterFrames frames = new MilterFrames();
        dialogue.begin();
        dialogue.connect("192.0.2.2", 25, '4', "relay.test");
        dialogue.helo("client.test");
        dialogue.mail("<s@x.test>", "ID");
        dialogue.rcpt("<a@a.test>");
        dialogue.header("Subject", " hi");
        dialogue.endOfHeaders();
        dialogue.body(new byte[] {'x'});
        dialogue.end("ID");
        for (int from = 0; from < input.length; from += piece) {
            ByteBuffer in = ByteBuffer.wrap(input, from, Math.min(piece, input.length - from));
            while (in.hasRemaining() && !frames.isMalformed()) {
                frames.next(in).ifPresent(dialogue::received);
            }
        }
        return seen + " " + dialogue.outcome();
    }

    @FuzzTest
    void fuzz(byte[] input) {
        String whole = run(input, Integer.MAX_VALUE / 2);
        if (!whole.equals(run(input, 3))) {
            throw new AssertionError(whole);
        }
        int body = whole.indexOf("X: ");
        if (body >= 0 && whole.substring(body).contains("\r\n\r\n")) {
            throw new AssertionError("a header section was ended: " + whole);
        }
    }
}
