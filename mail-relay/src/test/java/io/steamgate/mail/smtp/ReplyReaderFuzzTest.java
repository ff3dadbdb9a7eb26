package io.steamgate.mail.smtp;

import static io.steamgate.mail.Invariant.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A server's replies: the same however they are cut, and harmless to the client. */
class ReplyReaderFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        if (octets.length > 250) {
            return;
        }
        List<String> whole = new ArrayList<>();
        read(new ReplyReader(), ByteBuffer.wrap(octets), whole);
        List<String> cut = new ArrayList<>();
        ReplyReader single = new ReplyReader();
        int at = 0;
        while (at < octets.length && read(single, ByteBuffer.wrap(octets, at, 1), cut)) {
            at++;
        }
        hold(whole.equals(cut), "the same replies however they are cut");
    }

    /** Whether more can be read. */
    private static boolean read(ReplyReader reader, ByteBuffer in, List<String> replies) {
        while (in.hasRemaining()) {
            switch (reader.next(in)) {
                case ReplyReader.Result.Incomplete _ -> hold(!in.hasRemaining(), "all is taken");
                case ReplyReader.Result.Malformed _ -> {
                    replies.add("malformed");
                    return false;
                }
                case ReplyReader.Result.Complete complete -> {
                    Reply reply = complete.reply();
                    hold(reply.code() >= 200 && reply.code() < 600, "a code of three digits");
                    String wire = reply.forClient().wire();
                    hold(
                            wire.chars().allMatch(c -> c == '\r' || c == '\n' || c >= 0x20 && c < 0x7F),
                            "printable for the client");
                    hold(
                            wire.chars().filter(c -> c == '\n').count()
                                    == reply.lines().size(),
                            "as many lines as the server said");
                    replies.add(reply.code() + reply.text());
                }
            }
        }
        return true;
    }
}
