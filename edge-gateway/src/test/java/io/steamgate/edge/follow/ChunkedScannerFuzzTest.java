package io.steamgate.edge.follow;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The scanner against the grammar of RFC 9112 section 7.1 as a pattern, and against itself octet by octet. */
class ChunkedScannerFuzzTest {
    private static final String LINE_REST = "(?:[ \\t]{0,999}(?:;[\\t -~\\x80-\\xff]{0,999})?)\\r\\n";
    private static final Pattern SIZE = Pattern.compile("([0-9a-fA-F]{1,16})" + LINE_REST);
    private static final Pattern TRAILERS =
            Pattern.compile("(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\\t -~\\x80-\\xff]*\\r\\n)*\\r\\n");
    private static final int UNDECIDED = -1;

    @FuzzTest
    void fuzz(byte[] octets) {
        if (octets.length > 250) {
            return;
        }
        ChunkedScanner whole = new ChunkedScanner();
        int consumed = whole.feed(Bytes.of(octets));

        ChunkedScanner single = new ChunkedScanner();
        int at = 0;
        while (at < octets.length && !single.done() && !single.malformed()) {
            if (single.skippable() > 0 && octets[at] % 2 == 0) {
                single.skip(1);
            } else {
                hold(single.feed(new Bytes(octets, at, 1)) == 1, "an octet is taken");
            }
            at++;
        }
        hold(at == consumed, "as much is taken octet by octet");
        hold(single.done() == whole.done() && single.malformed() == whole.malformed(), "with the same end");
        hold(single.skippable() == whole.skippable(), "and as much left to skip");

        int end = end(new String(octets, StandardCharsets.ISO_8859_1));
        hold((whole.done() ? consumed : UNDECIDED) == end, "the end is that of the grammar");
    }

    /** Where a body at the start of {@code text} ends by the grammar; {@link #UNDECIDED} if it does not. */
    private static int end(String text) {
        Matcher size = SIZE.matcher(text);
        int at = 0;
        while (size.region(at, text.length()).lookingAt()) {
            long length = Long.parseUnsignedLong(size.group(1), 16);
            at = size.end();
            if (length == 0) {
                Matcher trailers = TRAILERS.matcher(text).region(at, text.length());
                return trailers.lookingAt() ? trailers.end() : UNDECIDED;
            }
            if (length < 0 || length > text.length() - at || !text.startsWith("\r\n", at + (int) length)) {
                return UNDECIDED;
            }
            at += (int) length + 2;
        }
        return UNDECIDED;
    }
}
