package io.steamgate.mail.destination;

import static io.steamgate.mail.Invariant.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Mailbox;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReplyReader;
import io.steamgate.mail.smtp.ReversePath;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A server that says whatever it likes: each question has at most one answer, and nothing is claimed that it did not say. */
class SmtpDialogueFuzzTest implements SmtpDialogue.Output {
    private static final Recipient RECIPIENT =
            new Recipient(new Mailbox("b", "b.test"), Optional.empty(), Optional.empty());

    private static final Client CLIENT = Client.unknown(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 25))
            .withHelo("client.test", true);

    private SmtpDialogue dialogue = new SmtpDialogue(this, "relay.test", false, OutboundTls.Security.OPPORTUNISTIC);
    private ReversePath sender = sender(false);
    private boolean introducing;
    private boolean ready;
    private boolean over;
    private boolean asked;
    private int accepted;
    private boolean content;
    private boolean ended;
    private int lastCode;

    private static ReversePath sender(boolean eightBit) {
        return new ReversePath(
                Optional.of(new Mailbox("a", "a.test")), 100, eightBit, false, Optional.empty(), Optional.empty());
    }

    @FuzzTest
    void fuzz(byte[] octets) {
        if (octets.length == 0 || octets.length > 600) {
            return;
        }
        dialogue = new SmtpDialogue(
                this,
                "relay.test",
                (octets[0] & 1) != 0,
                (octets[0] & 2) != 0 ? OutboundTls.Security.REQUIRED : OutboundTls.Security.OPPORTUNISTIC);
        sender = sender((octets[0] & 4) != 0);
        introducing = (octets[0] & 8) != 0;
        ready = over = asked = content = ended = false;
        accepted = 0;
        ReplyReader reader = new ReplyReader();
        ByteBuffer in = ByteBuffer.wrap(octets, 1, octets.length - 1);
        while (in.hasRemaining() && !over) {
            switch (reader.next(in)) {
                case ReplyReader.Result.Incomplete _ -> {}
                case ReplyReader.Result.Malformed _ -> over = true;
                case ReplyReader.Result.Complete complete -> {
                    lastCode = complete.reply().code();
                    dialogue.received(complete.reply());
                    goOn();
                }
            }
        }
    }

    private void goOn() {
        if (over || !ready || asked) {
            return;
        }
        if (ended) {
            ended = false;
            accepted = 0;
        }
        if (content) {
            content = false;
            asked = true;
            dialogue.contentEnded();
        } else if (accepted >= 2) {
            asked = true;
            dialogue.data();
        } else {
            asked = true;
            dialogue.recipient(sender, RECIPIENT);
        }
    }

    @Override
    public void send(String lines) {
        hold(!over, "nothing is said to a server that is given up");
        hold(lines.endsWith("\r\n"), "lines have an end");
    }

    @Override
    public void startTls() {
        dialogue.secured();
    }

    @Override
    public void ready() {
        hold(!ready, "a server becomes ready once");
        if (introducing && dialogue.takesIntroductions()) {
            // Once: ready comes again.
            introducing = false;
            dialogue.introduce(CLIENT, Xclient.HostName.NONE);
            hold(dialogue.isIntroduced(CLIENT), "the client is the one that was named");
            return;
        }
        ready = true;
    }

    @Override
    public void recipientAnswered(Reply reply) {
        hold(asked, "a recipient was asked for");
        asked = false;
        hold(!reply.isSuccess() || lastCode / 100 == 2, "a recipient is accepted by the server alone");
        hold(reply.code() >= 200 && reply.code() != 421, "with a code for the client");
        if (reply.isSuccess()) {
            accepted++;
        } else {
            // The same answer could come for ever, as a lack does.
            over = true;
        }
    }

    @Override
    public void contentAnswered(Reply reply) {
        hold(asked, "DATA was asked");
        asked = false;
        hold(!reply.isIntermediate() || lastCode == 354, "content is opened by the server alone");
        content = reply.isIntermediate();
        over = !content;
    }

    @Override
    public void messageAnswered(Reply reply) {
        hold(asked, "a message was sent");
        asked = false;
        hold(reply.isSuccess() == (lastCode / 100 == 2), "a message is accepted by the server alone");
        ended = true;
    }

    @Override
    public void spokeUnasked(Reply reply) {
        over = true;
    }

    @Override
    public void unusable(Reply reason) {
        over = true;
    }
}
