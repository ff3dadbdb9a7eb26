package io.steamgate.mail.session;

import static io.steamgate.mail.Invariant.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Whole command streams: the first octets say how destination and password file answer, the rest is what a client writes. Whatever
 * it is, a message is committed only after it was opened, and never after it was aborted; and how the stream is cut makes no
 * difference.
 */
class ConversationFuzzTest {
    private static final Limits LIMITS = new Limits(400, 3, 80, 3, 6, 12, 5, 2, 600);
    private static final Terms TERMS =
            new Terms("relay.test", true, false, List.of("PLAIN", "LOGIN"), false, true, true);

    private byte[] script = {};
    private int step;
    private boolean transaction;
    private boolean opened;
    private boolean aborted;
    private final StringBuilder content = new StringBuilder();

    @FuzzTest
    void fuzz(byte[] octets) {
        if (octets.length < 9 || octets.length > 700) {
            return;
        }
        script = java.util.Arrays.copyOf(octets, 8);
        byte[] stream = java.util.Arrays.copyOfRange(octets, 8, octets.length);
        List<String> once = talk(stream, stream.length);
        List<String> again = talk(stream, stream.length);
        hold(once.equals(again), "the same stream has the same answers");
        // Pipelining is seen only where bytes come together, so that cut streams may be treated more kindly: here it is
        // only asked that nothing breaks.
        talk(stream, 1);
        talk(stream, 7);
    }

    private List<String> talk(byte[] stream, int cut) {
        step = 0;
        transaction = false;
        opened = false;
        aborted = false;
        content.setLength(0);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        Client client = Client.unknown(address, address);
        Conversation conversation = new Conversation(TERMS, LIMITS, client, command -> {});
        List<String> said = new ArrayList<>();
        for (int at = 0; at < stream.length; at += cut) {
            ByteBuffer in = ByteBuffer.wrap(stream, at, Math.min(cut, stream.length - at));
            int steps = 0;
            while (true) {
                hold(++steps < 20_000, "a stream comes to its end");
                Action action = conversation.step(in);
                if (action instanceof Action.NeedMore) {
                    hold(!in.hasRemaining(), "more is wanted only when all is taken");
                    break;
                }
                act(conversation, action, in, said);
            }
        }
        act(conversation, conversation.abandon(AbortCause.CLIENT_LOST), ByteBuffer.allocate(0), said);
        return said;
    }

    private int next() {
        return script[step++ % script.length] & 0xFF;
    }

    private Reply answer(Reply good) {
        int chance = next();
        return chance < 200 ? good : chance < 230 ? Replies.NO_SUCH_MAILBOX : Replies.DESTINATION_LOST;
    }

    private void act(Conversation conversation, Action action, ByteBuffer in, List<String> said) {
        switch (action) {
            case Action.NeedMore _ -> {}
            case Action.Await _ -> hold(false, "every action was answered");
            case Action.Say say -> said.add(say.reply().wire());
            case Action.SayAndClose say -> said.add(say.reply().wire() + "close");
            case Action.StartTls _ -> {
                in.position(in.limit());
                conversation.secured("TLS");
                hold(conversation.client().helo().isEmpty(), "TLS forgets the name");
            }
            case Action.Authenticate _ ->
                conversation.authenticationAnswered(
                        next() < 128
                                ? new SaslAnswer.Success("joe")
                                : next() < 128
                                        ? new SaslAnswer.Challenge(new byte[] {1})
                                        : new SaslAnswer.Failure(Replies.AUTH_FAILED));
            case Action.TryRecipient _ -> {
                transaction = true;
                conversation.recipientAnswered(answer(Replies.RECIPIENT_OK));
            }
            case Action.OpenContent _ -> {
                hold(transaction, "content has a recipient");
                hold(!opened, "content is opened once");
                Reply reply = answer(Replies.START_CONTENT);
                opened = reply.isIntermediate();
                aborted = false;
                content.setLength(0);
                conversation.contentOpened(reply, true);
                if (!opened) {
                    transaction = false;
                }
            }
            case Action.Content range -> {
                hold(opened && !aborted, "content goes on only while it may");
                content.append(range.dotBefore() ? "." : "")
                        .append(new String(
                                in.array(), range.from(), range.to() - range.from(), StandardCharsets.ISO_8859_1));
                hold(!("\r\n" + content).contains("\r\n.\r"), "and holds no end");
                if (next() > 250) {
                    opened = false;
                    transaction = false;
                    aborted = true;
                    conversation.contentRefused(Replies.DESTINATION_LOST);
                }
            }
            case Action.Commit commit -> {
                hold(opened && !aborted, "only a whole message is committed");
                hold(
                        commit.lineEnd()
                                || content.isEmpty()
                                || content.toString().endsWith("\r\n"),
                        "and it ends with a line end");
                opened = false;
                transaction = false;
                conversation.committed(answer(Replies.OK));
            }
            case Action.Reset _ -> {
                hold(!opened, "content that was opened is aborted, not forgotten");
                transaction = false;
            }
            case Action.Abort _ -> {
                aborted = true;
                opened = false;
                transaction = false;
            }
            case Action.SpeakFor _ -> hold(!transaction, "nobody changes within a transaction");
        }
    }
}
