package io.steamgate.mail.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The machine alone: what the client writes on one side, actions on the other. */
class ConversationTest {
    private static final Limits LIMITS = new Limits(1000, 3, 998, 5, 5, 20, 10, 3, 10_000);
    private static final Reply ACCEPTED = Reply.of(250, "2.1.5 there");
    private static final Reply GO_ON = Reply.of(354, "go on");
    private static final Reply STORED = Reply.of(250, "2.0.0 stored");

    private final List<String> heard = new ArrayList<>();
    private Conversation conversation = conversation(terms(false, false, false));

    private static Terms terms(boolean startTls, boolean auth, boolean xclient) {
        return new Terms(
                "relay.test", startTls, false, auth ? List.of("PLAIN", "LOGIN") : List.of(), false, false, xclient);
    }

    private Conversation conversation(Terms terms) {
        Client client = Client.unknown(
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.2"), 1000),
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.25"), 25));
        return new Conversation(
                terms, LIMITS, client, command -> heard.add(command.getClass().getSimpleName()));
    }

    /** All actions that the text leads to, up to the first that needs an answer or more text. */
    private List<String> say(String text) {
        ByteBuffer in = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        List<String> actions = new ArrayList<>();
        while (true) {
            Action action = conversation.step(in);
            switch (action) {
                case Action.NeedMore _ -> {
                    assertThat(in.remaining()).isZero();
                    return actions;
                }
                case Action.Await _ -> {
                    actions.add("await");
                    unread = new byte[in.remaining()];
                    in.get(unread);
                    return actions;
                }
                case Action.Say say -> actions.add(short_(say.reply()));
                case Action.SayAndClose say -> actions.add(short_(say.reply()) + " close");
                case Action.Content content ->
                    actions.add("content " + (content.dotBefore() ? "." : "")
                            + new String(
                                    in.array(),
                                    content.from(),
                                    content.to() - content.from(),
                                    StandardCharsets.ISO_8859_1));
                case Action.StartTls start -> actions.add("tls " + short_(start.reply()));
                case Action.Authenticate step ->
                    actions.add("authenticate " + step.start().orElse("-") + " "
                            + step.response()
                                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8).replace('\0', '|'))
                                    .orElse("-"));
                case Action.TryRecipient attempt ->
                    actions.add("try " + attempt.sender().path()
                            + attempt.recipient().path());
                case Action.OpenContent _ -> actions.add("open");
                case Action.Commit commit -> actions.add("commit" + (commit.lineEnd() ? " with line end" : ""));
                case Action.Reset _ -> actions.add("reset");
                case Action.Abort abort -> actions.add("abort " + abort.cause());
                case Action.SpeakFor other -> actions.add("speak for " + other.attributes());
            }
        }
    }

    private byte[] unread = {};

    private static String short_(Reply reply) {
        String text = reply.lines().getFirst();
        return reply.code() + (text.matches("\\d\\.\\d+\\.\\d+ .*") ? " " + text.substring(0, text.indexOf(' ')) : "");
    }

    private void hello() {
        say("EHLO client.test\r\n");
    }

    private void accepted() {
        hello();
        say("MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\n");
        conversation.recipientAnswered(ACCEPTED);
        say("");
    }

    private void inData() {
        accepted();
        say("DATA\r\n");
        conversation.contentOpened(GO_ON, true);
        say("");
    }

    @Test
    void aMessageIsTriedBeforeItIsAccepted() {
        hello();
        assertThat(say("MAIL FROM:<a@a.test>\r\n")).containsExactly("250 2.1.0");
        assertThat(say("RCPT TO:<b@b.test>\r\n")).containsExactly("try <a@a.test><b@b.test>", "await");
        conversation.recipientAnswered(ACCEPTED);
        assertThat(say("")).containsExactly("250 2.1.5");
        assertThat(say("DATA\r\n")).containsExactly("open", "await");
        conversation.contentOpened(GO_ON, true);
        assertThat(say("")).containsExactly("354");
        assertThat(say("Hello\r\n")).containsExactly("content Hello\r\n");
        assertThat(say(".\r\n")).containsExactly("commit", "await");
        conversation.committed(STORED);
        assertThat(say("")).containsExactly("250 2.0.0");
        assertThat(say("QUIT\r\n")).containsExactly("reset", "221 2.0.0 close");
    }

    @Test
    void pipelinedCommandsWaitForTheAnswerBeforeThem() {
        hello();
        assertThat(say("MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nRCPT TO:<c@b.test>\r\nDATA\r\n"))
                .containsExactly("250 2.1.0", "try <a@a.test><b@b.test>", "await");
        conversation.recipientAnswered(Replies.NO_SUCH_MAILBOX);
        String rest = new String(unread, StandardCharsets.ISO_8859_1);
        assertThat(say(rest)).containsExactly("550 5.1.1", "try <a@a.test><c@b.test>", "await");
        conversation.recipientAnswered(ACCEPTED);
        assertThat(say(new String(unread, StandardCharsets.ISO_8859_1))).containsExactly("250 2.1.5", "open", "await");
    }

    @Test
    void ehloSaysWhatIsOffered() {
        assertThat(conversation(terms(true, true, true)).greet()).isInstanceOf(Action.Say.class);
        conversation = conversation(terms(true, true, true));
        Action first = conversation.step(ByteBuffer.wrap("EHLO client.test\r\n".getBytes(StandardCharsets.UTF_8)));
        assertThat(first).isInstanceOf(Action.Reset.class);
        Action.Say say = (Action.Say) conversation.step(ByteBuffer.allocate(0));
        assertThat(say.reply().lines())
                .as("AUTH is offered under TLS only")
                .containsExactly(
                        "relay.test",
                        "PIPELINING",
                        "SIZE 1000",
                        "STARTTLS",
                        "8BITMIME",
                        "SMTPUTF8",
                        "CHUNKING",
                        "DSN",
                        "XCLIENT NAME ADDR PORT PROTO HELO LOGIN",
                        "ENHANCEDSTATUSCODES");
        conversation.secured("TLSv1.3");
        conversation.step(ByteBuffer.wrap("EHLO client.test\r\n".getBytes(StandardCharsets.UTF_8)));
        say = (Action.Say) conversation.step(ByteBuffer.allocate(0));
        assertThat(say.reply().lines()).contains("AUTH PLAIN LOGIN").doesNotContain("STARTTLS");
    }

    @Test
    void commandsHaveAnOrder() {
        assertThat(say("MAIL FROM:<a@a.test>\r\n")).containsExactly("503 5.5.1");
        hello();
        assertThat(say("RCPT TO:<b@b.test>\r\n")).containsExactly("503 5.5.1");
        assertThat(say("DATA\r\n")).containsExactly("503 5.5.1");
        say("MAIL FROM:<a@a.test>\r\n");
        assertThat(say("MAIL FROM:<a@a.test>\r\n")).containsExactly("503 5.5.1");
        assertThat(say("DATA\r\n")).containsExactly("503 5.5.1");
    }

    @Test
    void aSizeThatIsTooBigIsRefusedAtOnce() {
        hello();
        assertThat(say("MAIL FROM:<a@a.test> SIZE=1001\r\n")).containsExactly("552 5.3.4");
    }

    @Test
    void onlyCrlfEndsACommand() {
        assertThat(say("EHLO client.test\n")).containsExactly("521 5.5.2 close");
        conversation = conversation(terms(false, false, false));
        assertThat(say("EHLO client.test\rX")).containsExactly("521 5.5.2 close");
        conversation = conversation(terms(false, false, false));
        assertThat(say("EHLO client.test\0\r\n")).containsExactly("521 5.5.2 close");
    }

    @Test
    void aSmugglingClientHearsWhyAfterItsWholeMessage() {
        inData();
        assertThat(say("Hello\r\n.\nMAIL FROM:<admin@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n"))
                .containsExactly("content Hello\r\n", "abort BARE_LF");
        assertThat(say("more\r\n.\r\nNOOP\r\n")).containsExactly("reset", "554 5.6.0", "250 2.0.0");
        assertThat(heard).endsWith("Data", "Noop");
    }

    @Test
    void aMessageThatGrowsTooBigIsAbortedAndReadToItsEnd() {
        inData();
        assertThat(say(("x".repeat(98) + "\r\n").repeat(10))).hasSize(1).allMatch(a -> a.startsWith("content"));
        assertThat(say("y\r\n")).containsExactly("abort TOO_BIG");
        assertThat(say(".\r\n")).containsExactly("reset", "552 5.3.4");
        assertThat(say("MAIL FROM:<a@a.test>\r\n")).containsExactly("250 2.1.0");
    }

    @Test
    void theOctetTooManyMayBeTheEndItself() {
        inData();
        say(("x".repeat(98) + "\r\n").repeat(10));
        assertThat(say(".\r\n")).containsExactly("abort TOO_BIG", "reset", "552 5.3.4");
    }

    @Test
    void aRefusedMessageThatDoesNotEndIsCutOff() {
        inData();
        say("bare\n");
        List<String> last = List.of();
        for (int i = 0; i < 12; i++) {
            last = say("x".repeat(998) + "\r\n");
        }
        assertThat(last).isEmpty();
        assertThat(conversation.isClosed()).isTrue();
    }

    @Test
    void contentBeforeTheGoAheadIsNeverReadAsCommands() {
        accepted();
        assertThat(say("DATA\r\nMAIL FROM:<admin@a.test>\r\n")).containsExactly("reset", "503 5.5.0 close");
    }

    @Test
    void aDestinationLostInContentIsA451AfterTheEnd() {
        inData();
        say("Hello\r\n");
        conversation.contentRefused(Replies.DESTINATION_LOST);
        assertThat(say("more\r\n.")).isEmpty();
        assertThat(say("\r\n")).containsExactly("reset", "451 4.4.2");
        assertThat(say("MAIL FROM:<a@a.test>\r\n")).containsExactly("250 2.1.0");
    }

    @Test
    void chunksAreCountedNotSearched() {
        accepted();
        assertThat(say("BDAT 13\r\n")).containsExactly("open", "await");
        conversation.contentOpened(GO_ON, true);
        assertThat(say("Hello\r\n.\r\nabcBDAT 7 LAST\r\nd\r\n.efg"))
                .containsExactly(
                        "content Hello\r\n",
                        "content ..\r\nabc",
                        "250 2.0.0",
                        "content d\r\n",
                        "content ..efg",
                        "commit with line end",
                        "await");
        conversation.committed(STORED);
        assertThat(say("")).containsExactly("250 2.0.0");
    }

    @Test
    void anEmptyLastChunkEndsTheMessage() {
        accepted();
        say("BDAT 3\r\n");
        conversation.contentOpened(GO_ON, false);
        assertThat(say("a\r\nBDAT 0 LAST\r\n")).containsExactly("content a\r\n", "250 2.0.0", "commit", "await");
    }

    @Test
    void aChunkThatMayNotComeIsReadAndRefused() {
        hello();
        assertThat(say("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")).containsExactly("reset", "503 5.5.1", "250 2.0.0");
        say("MAIL FROM:<a@a.test>\r\n");
        assertThat(say("BDAT 6\r\nQUIT\r\n")).containsExactly("reset", "503 5.5.1");
    }

    @Test
    void aRefusedOpeningRefusesAllChunks() {
        accepted();
        say("BDAT 3\r\n");
        conversation.contentOpened(Replies.LOCAL_ERROR, true);
        assertThat(say("abcBDAT 2\r\nxyBDAT 1 LAST\r\nz"))
                .containsExactly("451 4.3.0", "451 4.3.0", "reset", "451 4.3.0");
        assertThat(say("MAIL FROM:<a@a.test>\r\n")).containsExactly("250 2.1.0");
    }

    @Test
    void givingUpBetweenChunksAborts() {
        accepted();
        say("BDAT 3\r\n");
        conversation.contentOpened(GO_ON, true);
        assertThat(say("a\r\nMAIL FROM:<a@a.test>\r\n")).containsExactly("content a\r\n", "250 2.0.0", "503 5.5.1");
        assertThat(say("RSET\r\n")).containsExactly("abort CHUNKS_GIVEN_UP", "250 2.0.0");
    }

    @Test
    void aLastChunkMayNotEndWithinALineEnd() {
        accepted();
        say("BDAT 2 LAST\r\n");
        conversation.contentOpened(GO_ON, true);
        assertThat(say("a\r")).containsExactly("content a\r", "abort BARE_CR", "reset", "554 5.6.0");
    }

    @Test
    void startTlsForgetsWhatWasSaid() {
        conversation = conversation(terms(true, false, false));
        hello();
        say("MAIL FROM:<a@a.test>\r\n");
        assertThat(say("STARTTLS\r\n")).containsExactly("reset", "tls 220 2.0.0", "await");
        conversation.secured("TLSv1.3 X");
        assertThat(say("MAIL FROM:<a@a.test>\r\n")).containsExactly("503 5.5.1");
        assertThat(say("STARTTLS\r\n")).containsExactly("503 5.5.1");
    }

    @Test
    void authNeedsTlsUnlessToldOtherwise() {
        conversation = conversation(terms(true, true, false));
        hello();
        assertThat(say("AUTH PLAIN AGEAYg==\r\n")).containsExactly("538 5.7.11");
        conversation.secured("TLSv1.3 X");
        hello();
        assertThat(say("AUTH PLAIN AGEAYg==\r\n")).containsExactly("authenticate PLAIN |a|b", "await");
        conversation.authenticationAnswered(new SaslAnswer.Success("a"));
        assertThat(say("")).containsExactly("235 2.7.0");
        assertThat(conversation.client().user()).contains("a");
    }

    @Test
    void anAuthExchangeHasStepsAndAnEnd() {
        conversation = conversation(terms(true, true, false));
        conversation.secured("TLSv1.3 X");
        hello();
        assertThat(say("AUTH LOGIN\r\n")).containsExactly("authenticate LOGIN -", "await");
        conversation.authenticationAnswered(new SaslAnswer.Challenge("Username:".getBytes(StandardCharsets.UTF_8)));
        assertThat(say("")).containsExactly("334");
        assertThat(say("am9l\r\n")).containsExactly("authenticate - joe", "await");
        conversation.authenticationAnswered(new SaslAnswer.Challenge(new byte[0]));
        assertThat(say("*\r\n")).containsExactly("334", "501 5.7.0");
        for (int i = 0; i < 2; i++) {
            say("AUTH LOGIN\r\n");
            conversation.authenticationAnswered(new SaslAnswer.Failure(Replies.AUTH_FAILED));
            assertThat(say("")).containsExactly("535 5.7.8");
        }
        say("AUTH LOGIN\r\n");
        conversation.authenticationAnswered(new SaslAnswer.Failure(Replies.AUTH_FAILED));
        assertThat(say("")).containsExactly("421 4.7.0 close");
    }

    @Test
    void limitsEndAConnection() {
        hello();
        assertThat(say("X\r\nX\r\nX\r\nX\r\nX\r\n")).hasSize(5).containsOnly("500 5.5.1");
        assertThat(say("X\r\n")).containsExactly("421 4.7.0 close");
        conversation = conversation(terms(false, false, false));
        hello();
        assertThat(say("NOOP\r\n".repeat(19))).hasSize(19);
        assertThat(say("NOOP\r\n")).containsExactly("421 4.7.0 close");
    }

    @Test
    void recipientsAreBounded() {
        accepted();
        for (int i = 0; i < 2; i++) {
            say("RCPT TO:<c@b.test>\r\n");
            conversation.recipientAnswered(ACCEPTED);
            say("");
        }
        assertThat(say("RCPT TO:<d@b.test>\r\n")).containsExactly("452 4.5.3");
    }

    @Test
    void silenceInContentAborts() {
        inData();
        say("Hello\r\n");
        assertThat(conversation.timedOut()).isEqualTo(new Action.Abort(AbortCause.CLIENT_TIMEOUT));
        assertThat(say("")).containsExactly("421 4.4.2 close");
    }

    @Test
    void xclientIsForThoseWhoMay() {
        assertThat(say("XCLIENT ADDR=192.0.2.9\r\n")).containsExactly("550 5.7.0");
        conversation = conversation(terms(false, false, true));
        assertThat(say("XCLIENT ADDR=192.0.2.9\r\n")).containsExactly("speak for {ADDR=192.0.2.9}", "220");
    }
}
