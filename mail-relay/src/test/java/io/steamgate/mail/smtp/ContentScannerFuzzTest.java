package io.steamgate.mail.smtp;

import static io.steamgate.mail.Invariant.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.mail.smtp.ContentScanner.Outcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The scanner against the grammar of RFC 5321 §4.1.1.4 as a pattern, and against itself octet by octet. */
class ContentScannerFuzzTest {
    private static final int MAX_LINE = 20;
    /** A line of content as DATA carries it: a dot at its start is one more, and a dot alone is the end. */
    private static final Pattern DOTTED_LINE =
            Pattern.compile("(?!\\.\\r\\n)\\.?([^\\r\\n\\x00]{0," + MAX_LINE + "})\\r\\n");

    @FuzzTest
    void fuzz(byte[] octets) {
        if (octets.length == 0 || octets.length > 200) {
            return;
        }
        boolean in = (octets[0] & 1) != 0;
        boolean out = (octets[0] & 2) != 0;
        byte[] text = java.util.Arrays.copyOfRange(octets, 1, octets.length);
        StringBuilder whole = new StringBuilder();
        ByteBuffer all = ByteBuffer.wrap(text);
        Outcome end = scan(new ContentScanner(in, out, MAX_LINE, 3), all, whole);

        StringBuilder cut = new StringBuilder();
        ContentScanner single = new ContentScanner(in, out, MAX_LINE, 3);
        Outcome cutEnd = Outcome.CONTENT;
        int at = 0;
        while (at < text.length && cutEnd == Outcome.CONTENT) {
            ByteBuffer one = ByteBuffer.wrap(text, at, 1);
            cutEnd = scan(single, one, cut);
            at += one.hasRemaining() ? 0 : 1;
        }
        hold(cutEnd == end, "the same outcome however it is cut: " + end + " " + cutEnd);
        if (!end.isViolation()) {
            hold(cut.toString().equals(whole.toString()), "the same content however it is cut");
            hold(at == all.position(), "as much is taken");
        }
        if (out) {
            hold(!("\r\n" + whole).contains("\r\n.\r"), "nothing that could be an end goes on before the end");
        }
        if (in && !out && end == Outcome.END) {
            hold(
                    whole.toString().equals(undotted(new String(text, StandardCharsets.ISO_8859_1))),
                    "dots are taken off");
        }
    }

    private static Outcome scan(ContentScanner scanner, ByteBuffer in, StringBuilder content) {
        Outcome outcome = Outcome.CONTENT;
        while (outcome == Outcome.CONTENT && in.hasRemaining()) {
            outcome = scanner.scan(in);
            if (!outcome.isViolation()) {
                content.append(scanner.dotBefore() ? "." : "")
                        .append(new String(
                                in.array(),
                                scanner.from(),
                                scanner.to() - scanner.from(),
                                StandardCharsets.ISO_8859_1));
            }
        }
        return outcome;
    }

    private static String undotted(String text) {
        StringBuilder plain = new StringBuilder();
        Matcher line = DOTTED_LINE.matcher(text);
        int at = 0;
        while (line.region(at, text.length()).lookingAt()) {
            plain.append(line.group(1)).append("\r\n");
            at = line.end();
        }
        hold(text.startsWith(".\r\n", at), "the end is that of the grammar");
        return plain.toString();
    }
}
