package io.steamgate.mail.destination;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Mailbox;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SmtpDialogueTest implements SmtpDialogue.Output {
    private static final ReversePath SENDER = new ReversePath(
            Optional.of(new Mailbox("a", "a.test")), 500, false, false, Optional.of("HDRS"), Optional.empty());
    private static final Recipient RECIPIENT =
            new Recipient(new Mailbox("b", "b.test"), Optional.of("NEVER"), Optional.empty());

    private final List<String> said = new ArrayList<>();
    private SmtpDialogue dialogue = new SmtpDialogue(this, "relay.test", false, OutboundTls.Security.OPPORTUNISTIC);

    @Override
    public void send(String lines) {
        said.add(lines.replace("\r\n", "|"));
    }

    @Override
    public void startTls() {
        said.add("tls");
    }

    @Override
    public void ready() {
        said.add("ready");
    }

    @Override
    public void recipientAnswered(Reply reply) {
        said.add("recipient " + reply.wire().strip());
    }

    @Override
    public void contentAnswered(Reply reply) {
        said.add("content " + reply.code());
    }

    @Override
    public void messageAnswered(Reply reply) {
        said.add("message " + reply.wire().strip());
    }

    @Override
    public void spokeUnasked(Reply reply) {
        said.add("unasked " + reply.code());
    }

    @Override
    public void unusable(Reply reason) {
        said.add("unusable " + reason.code());
    }

    private List<String> heard(int code, String... lines) {
        said.clear();
        dialogue.received(new Reply(code, List.of(lines)));
        return List.copyOf(said);
    }

    private void greeted(String... extensions) {
        heard(220, "b.test");
        List<String> lines = new ArrayList<>(List.of("b.test"));
        lines.addAll(List.of(extensions));
        assertThat(heard(250, lines.toArray(String[]::new))).containsExactly("ready");
    }

    private List<String> recipient(ReversePath sender) {
        said.clear();
        dialogue.recipient(sender, RECIPIENT);
        return List.copyOf(said);
    }

    @Test
    void senderAndRecipientAreAskedTogetherWhereThatIsPossible() {
        greeted("PIPELINING", "SIZE 1000", "DSN");
        assertThat(recipient(SENDER))
                .containsExactly("MAIL FROM:<a@a.test> SIZE=500 RET=HDRS|RCPT TO:<b@b.test> NOTIFY=NEVER|");
        assertThat(heard(250, "ok")).isEmpty();
        assertThat(heard(250, "2.1.5 ok")).containsExactly("recipient 250 2.1.5 ok");
        assertThat(recipient(SENDER)).containsExactly("RCPT TO:<b@b.test> NOTIFY=NEVER|");
    }

    @Test
    void withoutPipeliningTheyAreAskedOneAfterTheOther() {
        greeted();
        assertThat(recipient(SENDER)).as("what is not offered is not said").containsExactly("MAIL FROM:<a@a.test>|");
        assertThat(heard(250, "ok")).containsExactly("RCPT TO:<b@b.test>|");
        assertThat(heard(550, "no")).containsExactly("recipient 550 5.0.0 no");
    }

    @Test
    void aRefusedSenderIsTheAnswerToTheRecipient() {
        greeted("PIPELINING");
        recipient(SENDER);
        assertThat(heard(550, "5.7.1 not you")).isEmpty();
        assertThat(heard(503, "MAIL first")).containsExactly("recipient 550 5.7.1 not you");
        assertThat(recipient(SENDER))
                .as("the next one begins anew")
                .first()
                .asString()
                .startsWith("MAIL");
    }

    @Test
    void whatAServerLacksIsRefusedWithoutAskingIt() {
        greeted("SIZE 1000");
        assertThat(recipient(new ReversePath(SENDER.mailbox(), -1, true, false, Optional.empty(), Optional.empty())))
                .containsExactly("recipient 554 5.6.3 Destination does not take 8BITMIME");
        assertThat(recipient(new ReversePath(SENDER.mailbox(), -1, false, true, Optional.empty(), Optional.empty())))
                .containsExactly("recipient 553 5.6.7 Destination does not take SMTPUTF8");
        assertThat(recipient(new ReversePath(SENDER.mailbox(), 1001, false, false, Optional.empty(), Optional.empty())))
                .containsExactly("recipient 552 5.3.4 Message size exceeds the destination's limit");
    }

    @Test
    void aMessageHasItsAnswerAndLeavesTheServerReady() {
        greeted();
        recipient(SENDER);
        heard(250, "ok");
        heard(250, "ok");
        said.clear();
        dialogue.data();
        assertThat(said).containsExactly("DATA|");
        assertThat(heard(354, "go")).containsExactly("content 354");
        dialogue.contentEnded();
        assertThat(dialogue.isIdle()).isFalse();
        assertThat(heard(250, "2.0.0 queued as 1")).containsExactly("message 250 2.0.0 queued as 1");
        assertThat(dialogue.isIdle()).isTrue();
    }

    @Test
    void a421IsNotTheClientsConnection() {
        greeted();
        recipient(SENDER);
        assertThat(heard(421, "4.3.2 shutting down")).containsExactly("recipient 451 4.3.2 shutting down");
        assertThat(dialogue.isClosing()).isTrue();
    }

    @Test
    void aReplyToNothingIsTheEndOfTrust() {
        greeted();
        assertThat(heard(250, "surprise")).containsExactly("unasked 250");
    }

    @Test
    void tlsIsTakenWhereOfferedAndAskedForAgainAfterwards() {
        heard(220, "b.test");
        assertThat(heard(250, "b.test", "STARTTLS", "SIZE 5")).containsExactly("STARTTLS|");
        assertThat(heard(220, "go")).containsExactly("tls");
        said.clear();
        dialogue.secured();
        assertThat(said).containsExactly("EHLO relay.test|");
        assertThat(heard(250, "b.test", "STARTTLS")).containsExactly("ready");
        assertThat(recipient(SENDER)).as("SIZE was said in the clear").containsExactly("MAIL FROM:<a@a.test>|");
    }

    @Test
    void requiredTlsIsRequired() {
        dialogue = new SmtpDialogue(this, "relay.test", false, OutboundTls.Security.REQUIRED);
        heard(220, "b.test");
        assertThat(heard(250, "b.test", "SIZE 5")).containsExactly("unusable 451");
        dialogue = new SmtpDialogue(this, "relay.test", false, OutboundTls.Security.REQUIRED);
        heard(220, "b.test");
        heard(250, "b.test", "STARTTLS");
        assertThat(heard(454, "not now")).containsExactly("unusable 451");
    }

    private static final Client CLIENT = new Client(
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.2"), 1000),
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.25"), 25),
            "client.test",
            true,
            Optional.empty(),
            Optional.of("joe"));

    private List<String> introduces(Client client) {
        said.clear();
        dialogue.introduce(client, new Xclient.HostName(Optional.of("host.test"), Optional.empty(), false));
        return List.copyOf(said);
    }

    @Test
    void aServerIsToldOfAClientWhatItKnowsAndGreetedInTheClientsName() {
        greeted("XCLIENT NAME ADDR DESTADDR LOGIN");
        assertThat(dialogue.takesIntroductions()).isTrue();
        assertThat(dialogue.takesNames()).isTrue();
        assertThat(introduces(CLIENT)).containsExactly("XCLIENT NAME=host.test LOGIN=joe ADDR=192.0.2.2|");
        assertThat(heard(220, "b.test")).containsExactly("EHLO client.test|");
        assertThat(heard(250, "b.test", "XCLIENT ADDR")).containsExactly("ready");
        assertThat(dialogue.isIntroduced(CLIENT)).isTrue();
        assertThat(dialogue.takesNames()).as("said anew").isFalse();
        Client other = CLIENT.withHelo("other.test", true);
        assertThat(dialogue.isIntroduced(other)).isFalse();
        assertThat(introduces(other)).containsExactly("XCLIENT ADDR=192.0.2.2|");
        assertThat(heard(220, "b.test")).containsExactly("EHLO other.test|");
        assertThat(heard(250, "b.test")).containsExactly("ready");
        assertThat(dialogue.isIntroduced(other)).isTrue();
        assertThat(dialogue.takesIntroductions()).isFalse();
    }

    @Test
    void aServerThatTakesNoIntroductionIsOfNoUse() {
        greeted("XCLIENT ADDR");
        introduces(CLIENT);
        assertThat(heard(550, "5.7.0 not from you")).containsExactly("unusable 451");
        dialogue = new SmtpDialogue(this, "relay.test", false, OutboundTls.Security.OFF);
        greeted("XCLIENT ADDR");
        introduces(CLIENT);
        assertThat(heard(421, "4.3.2 away")).containsExactly("unusable 451");
        dialogue = new SmtpDialogue(this, "relay.test", false, OutboundTls.Security.OFF);
        greeted("XCLIENT");
        assertThat(dialogue.takesIntroductions()).as("nothing to be told").isFalse();
    }

    @Test
    void whatDoesNotFitIntoALineComesInAnother() {
        greeted("XCLIENT NAME ADDR PORT PROTO HELO LOGIN");
        Client client = CLIENT.withHelo("h".repeat(250), true).withUser("u".repeat(250));
        String one = "XCLIENT NAME=host.test PORT=1000 PROTO=ESMTP HELO=" + "h".repeat(250) + "|";
        String two = "XCLIENT LOGIN=" + "u".repeat(250) + " ADDR=192.0.2.2|";
        assertThat(introduces(client)).containsExactly(one);
        assertThat(heard(220, "b.test")).containsExactly(two);
        assertThat(heard(220, "b.test")).containsExactly("EHLO " + "h".repeat(250) + "|");
    }

    @Test
    void anOldServerIsGreetedWithHelo() {
        heard(220, "b.test");
        assertThat(heard(500, "what?")).containsExactly("HELO relay.test|");
        assertThat(heard(250, "b.test")).containsExactly("ready");
    }

    @Test
    void lmtpSaysLhlo() {
        dialogue = new SmtpDialogue(this, "relay.test", true, OutboundTls.Security.OFF);
        assertThat(heard(220, "b.test")).containsExactly("LHLO relay.test|");
    }
}
