package io.steamgate.mail.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.smtp.ContentScanner.Outcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentScannerTest {
    private static final String END = "\r\n.\r\n";

    /** What a scan came to. */
    private record Scanned(String content, Outcome outcome, String rest) {}

    private static Scanned scan(ContentScanner scanner, List<byte[]> segments) {
        StringBuilder content = new StringBuilder();
        Outcome outcome = Outcome.CONTENT;
        StringBuilder rest = new StringBuilder();
        for (byte[] segment : segments) {
            ByteBuffer in = ByteBuffer.wrap(segment);
            while (outcome == Outcome.CONTENT && in.hasRemaining()) {
                outcome = scanner.scan(in);
                // What ends in a violation goes nowhere.
                if (!outcome.isViolation()) {
                    content.append(scanner.dotBefore() ? "." : "")
                            .append(new String(
                                    segment,
                                    scanner.from(),
                                    scanner.to() - scanner.from(),
                                    StandardCharsets.ISO_8859_1));
                }
            }
            rest.append(new String(segment, in.position(), in.remaining(), StandardCharsets.ISO_8859_1));
        }
        return new Scanned(content.toString(), outcome, rest.toString());
    }

    private static ContentScanner scanner(boolean dottedIn, boolean dottedOut) {
        return new ContentScanner(dottedIn, dottedOut, 998, 50);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Scanned dotted(String text) {
        return scan(scanner(true, true), List.of(bytes(text)));
    }

    @Test
    void contentGoesOnUpToItsEnd() {
        assertThat(dotted("Subject: x\r\n\r\nHello" + END + "QUIT\r\n"))
                .isEqualTo(new Scanned("Subject: x\r\n\r\nHello\r\n", Outcome.END, "QUIT\r\n"));
    }

    @Test
    void anEmptyMessageIsOneDot() {
        assertThat(dotted(".\r\n")).isEqualTo(new Scanned("", Outcome.END, ""));
    }

    @Test
    void dotsAreTakenOffForAFileAndStayForAServer() {
        String text = "..a\r\n.b\r\n...\r\nc.\r\n..\r\n" + ".\r\n";
        assertThat(scan(scanner(true, false), List.of(bytes(text))).content())
                .isEqualTo(".a\r\nb\r\n..\r\nc.\r\n.\r\n");
        assertThat(dotted(text).content()).isEqualTo("..a\r\n.b\r\n...\r\nc.\r\n..\r\n");
    }

    @Test
    void dotsArePutOnForAServerWhereAChunkHasThem() {
        String text = ".a\r\n..\r\n.\r\nb.\r\n";
        assertThat(scan(scanner(false, true), List.of(bytes(text))).content()).isEqualTo("..a\r\n...\r\n..\r\nb.\r\n");
        assertThat(scan(scanner(false, false), List.of(bytes(text))).content()).isEqualTo(text);
    }

    /** The ways to end a message that some server somewhere has believed in. */
    @ParameterizedTest
    @CsvSource({
        "LF . LF, '\\n.\\n', BARE_LF",
        "LF . CRLF, '\\n.\\r\\n', BARE_LF",
        "CRLF . LF, '\\r\\n.\\n', BARE_LF",
        "CR . CR, '\\r.\\r', BARE_CR",
        "CR . CRLF, '\\r.\\r\\n', BARE_CR",
        "CRLF . CR, '\\r\\n.\\rQ', BARE_CR",
        "CRLF . CR CRLF, '\\r\\n.\\r\\r\\n', BARE_CR",
        "CRLF CR . CRLF, '\\r\\n\\r.\\r\\n', BARE_CR",
        "CRLF NUL . CRLF, '\\r\\n\\0.\\r\\n', NUL",
        "CRLF . NUL CRLF, '\\r\\n.\\0\\r\\n', NUL",
        "CR NUL LF . CRLF, '\\r\\0\\n.\\r\\n', BARE_CR",
    })
    void smugglingIsAViolation(String name, String escaped, Outcome expected) {
        String end = escaped.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0");
        String smuggled = "MAIL FROM:<admin@a.test>\r\n";
        Scanned scanned = dotted("Hello" + end + smuggled);
        assertThat(scanned.outcome()).as(name).isEqualTo(expected);
        assertThat(scanned.content()).doesNotContain("MAIL").doesNotContain("\n.");
    }

    @Test
    void aLineMayBeCutAnywhere() {
        String text = "Subject: cut\r\n\r\n..dots\r\n.x\r\n\r\nlast" + END + "NOOP\r\n";
        byte[] all = bytes(text);
        for (boolean out : new boolean[] {true, false}) {
            Scanned whole = scan(scanner(true, out), List.of(all));
            for (int i = 0; i <= all.length; i++) {
                for (int j = i; j <= all.length; j++) {
                    List<byte[]> parts =
                            List.of(bytes(text.substring(0, i)), bytes(text.substring(i, j)), bytes(text.substring(j)));
                    assertThat(scan(scanner(true, out), parts)).isEqualTo(whole);
                }
            }
        }
    }

    @Test
    void whateverComesIsTheSameInOneSegmentAndByteByByte() {
        Random random = new Random(7);
        String alphabet = "\r\r\n\n..ab\0é";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(24); i > 0; i--) {
                text.append(random.nextInt(3) == 0 ? "\r\n" : alphabet.charAt(random.nextInt(alphabet.length())));
            }
            boolean in = random.nextBoolean();
            boolean out = random.nextBoolean();
            byte[] all = bytes(text.toString());
            List<byte[]> single = new ArrayList<>();
            for (byte b : all) {
                single.add(new byte[] {b});
            }
            Scanned whole = scan(scanner(in, out), List.of(all));
            Scanned cut = scan(scanner(in, out), single);
            assertThat(cut.outcome()).isEqualTo(whole.outcome());
            assertThat(cut.rest()).isEqualTo(whole.rest());
            // Of a message with a violation more may have gone on before it was seen.
            assertThat(cut.content()).startsWith(whole.content());
            if (!whole.outcome().isViolation()) {
                assertThat(cut.content()).isEqualTo(whole.content());
            }
        }
    }

    @Test
    void nothingThatCouldEndAMessageGoesOnBeforeItsEnd() {
        Random random = new Random(11);
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--) {
                text.append("\r\n.a\0".charAt(random.nextInt(5)));
            }
            // As the destination sees it: content, and then the end that this relay writes.
            String content =
                    scan(scanner(false, true), List.of(bytes(text.toString()))).content();
            assertThat("\r\n" + content).doesNotContain("\r\n.\r").doesNotContain("\n.\n");
        }
    }

    @Test
    void aLineThatIsTooLongIsAViolation() {
        assertThat(dotted("x".repeat(998) + END).outcome()).isEqualTo(Outcome.END);
        assertThat(dotted("x".repeat(999) + END).outcome()).isEqualTo(Outcome.LONG_LINE);
        assertThat(dotted("x".repeat(5000)).outcome()).isEqualTo(Outcome.LONG_LINE);
    }

    @Test
    void aMessageThatWentAroundIsALoop() {
        String line = "RECEIVED: from a\r\n\tby b\r\n";
        ContentScanner three = new ContentScanner(true, true, 998, 3);
        assertThat(scan(three, List.of(bytes(line.repeat(4)))).outcome()).isEqualTo(Outcome.LOOP);
        ContentScanner same = new ContentScanner(true, true, 998, 3);
        assertThat(scan(same, List.of(bytes(line.repeat(3) + "\r\n" + line.repeat(9) + ".\r\n")))
                        .outcome())
                .as("in the body it is text")
                .isEqualTo(Outcome.END);
    }

    @Test
    void aChunkThatEndsWithinALineEndSaysSo() {
        ContentScanner scanner = scanner(false, true);
        scan(scanner, List.of(bytes("a\r")));
        assertThat(scanner.withinLineEnd()).isTrue();
        scan(scanner, List.of(bytes("\n")));
        assertThat(scanner.atLineStart()).isTrue();
    }

    /** Text is looked at in words: what ends it may be anywhere in them, behind octets that differ from it in few bits. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "\t", "\u000e\u000c", "\u00ff\u0080", "\u008d\u008a"})
    void whatEndsTextIsFoundWhereverItIs(String some) {
        String behind = some.repeat(40);
        for (int length = 0; length <= 100; length++) {
            String line = some.repeat(100).substring(0, length);
            assertThat(dotted(line + "\r\n" + behind + END))
                    .isEqualTo(new Scanned(line + "\r\n" + behind + "\r\n", Outcome.END, ""));
            assertThat(dotted(line + "\0" + behind)).isEqualTo(new Scanned("", Outcome.NUL, "\0" + behind));
            assertThat(dotted(line + "\n" + behind)).isEqualTo(new Scanned("", Outcome.BARE_LF, "\n" + behind));
        }
    }

    @Test
    void bytesOfEveryValueButThreePass() {
        StringBuilder text = new StringBuilder();
        for (char c = 1; c < 256; c++) {
            text.append(c == '\r' || c == '\n' ? "" : c);
        }
        assertThat(dotted(text + END).content()).isEqualTo(text + "\r\n");
    }
}
