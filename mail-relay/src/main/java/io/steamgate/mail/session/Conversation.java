package io.steamgate.mail.session;

import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.CommandParser;
import io.steamgate.mail.smtp.LineReader;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of an SMTP connection (RFC 5321): bytes and answers in, actions out, nothing else.
 *
 * <p>{@link #step} consumes bytes and returns the next action. Actions that ask for something put the conversation to
 * {@link Action.Await} until the answer is told by the method that the action names. Content itself is walked through
 * by {@link ContentIntake}; {@link Envelope} and {@link SaslIntake} know what may come when.
 */
public final class Conversation {
    private enum Phase {
        COMMANDS,
        SASL,
        CONTENT,
        CLOSED
    }

    /** What an answer is waited for. */
    private enum Pending {
        NOTHING,
        TLS,
        AUTHENTICATION,
        RECIPIENT,
        OPENING,
        COMMIT
    }

    private static final Action NEED_MORE = new Action.NeedMore();
    private static final Action AWAIT = new Action.Await();

    private final Terms terms;
    private final Limits limits;
    private final Consumer<Command> heard;
    private final Envelope envelope;
    private final SaslIntake sasl;
    private final LineReader lines = new LineReader();
    private final ArrayDeque<Action> queued = new ArrayDeque<>(2);

    private Client client;
    private Phase phase = Phase.COMMANDS;
    private Pending pending = Pending.NOTHING;
    private int errors;
    private int idleCommands;
    private int messages;

    private @Nullable ContentIntake content;

    /** @param heard is told every command */
    public Conversation(Terms terms, Limits limits, Client client, Consumer<Command> heard) {
        this.terms = terms;
        this.limits = limits;
        this.envelope = new Envelope(terms, limits);
        this.sasl = new SaslIntake(terms, limits);
        this.client = client;
        this.heard = heard;
    }

    public Client client() {
        return client;
    }

    /** Whether content is coming as DATA carries it, or about to. */
    public boolean inDottedContent() {
        return phase == Phase.CONTENT && !intake().isCounted();
    }

    /** Whether content has begun, or is about to, and has not come to its end; with BDAT also between chunks. */
    public boolean inMessage() {
        return content != null;
    }

    /** Octets of the message's content that have come, those that are thrown away among them; 0 between messages. */
    public long contentOctets() {
        return content == null ? 0 : content.octets();
    }

    /** Whether the answer to an action is still to come. */
    public boolean isWaiting() {
        return pending != Pending.NOTHING;
    }

    /** Whether the last reply was said. */
    public boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    /** The server speaks first. */
    public Action greet() {
        return new Action.Say(Reply.of(220, terms.hostname() + " ESMTP Steamgate"));
    }

    /** The next action; consumes bytes only as far as that action needs. */
    public Action step(ByteBuffer in) {
        Action next = queued.poll();
        if (next != null) {
            return next;
        }
        if (pending != Pending.NOTHING) {
            return AWAIT;
        }
        return switch (phase) {
            case COMMANDS -> command(in);
            case SASL -> taken(sasl.take(lines, in));
            case CONTENT -> content(in);
            case CLOSED -> {
                in.position(in.limit());
                yield NEED_MORE;
            }
        };
    }

    private Action command(ByteBuffer in) {
        return switch (lines.next(in, Limits.COMMAND_LINE)) {
            case INCOMPLETE -> NEED_MORE;
            case LINE -> obey(CommandParser.parse(lines.line()), in);
            case TOO_LONG -> say(Replies.LINE_TOO_LONG);
            case NOT_TEXT -> say(Replies.NOT_UTF8);
            case BARE_CR -> sayAndClose(Replies.BARE_CR);
            case BARE_LF -> sayAndClose(Replies.BARE_LF);
            case NUL -> sayAndClose(Replies.NUL);
        };
    }

    private Action obey(Command command, ByteBuffer in) {
        heard.accept(command);
        if (terms.tlsRequired() && client.tls().isEmpty() && !isAllowedBeforeTls(command)) {
            return say(Replies.TLS_FIRST);
        }
        return switch (command) {
            case Command.Helo helo -> helo(helo, in);
            case Command.Mail mail -> mail(mail);
            case Command.Rcpt rcpt -> rcpt(rcpt);
            case Command.Data _ -> data(in);
            case Command.Bdat bdat -> bdat(bdat, in);
            case Command.Rset _ -> then(giveUp(), counted(Replies.OK));
            case Command.Noop _ -> counted(Replies.OK);
            case Command.Vrfy _ -> counted(Replies.VRFY);
            case Command.Help _ -> counted(Replies.HELP);
            case Command.Quit _ -> then(giveUp(), sayAndClose(Replies.BYE));
            case Command.StartTls _ -> startTls();
            case Command.Auth auth -> auth(auth, in);
            case Command.Xclient xclient -> xclient(xclient);
            case Command.Invalid invalid -> say(invalid.reply());
            case Command.Unknown _ -> counted(Replies.UNKNOWN_COMMAND);
        };
    }

    private static boolean isAllowedBeforeTls(Command command) {
        return command instanceof Command.Helo
                || command instanceof Command.Noop
                || command instanceof Command.Quit
                || command instanceof Command.StartTls
                || command instanceof Command.Xclient;
    }

    private Action helo(Command.Helo helo, ByteBuffer in) {
        if (in.hasRemaining()) {
            return sayAndClose(Replies.BAD_PIPELINING);
        }
        client = client.withHelo(helo.name(), helo.extended());
        Reply reply = helo.extended()
                ? new Reply(250, terms.extensions(client, limits.messageSize()))
                : Reply.of(250, terms.hostname());
        return then(giveUp(), counted(reply));
    }

    private Action mail(Command.Mail mail) {
        Optional<Reply> refusal = envelope.refusal(mail, client, content != null);
        if (refusal.isPresent()) {
            return say(refusal.get());
        }
        if (messages >= limits.messages()) {
            return sayAndClose(Replies.TOO_MANY_MESSAGES);
        }
        envelope.begin(mail.sender());
        return say(Replies.SENDER_OK);
    }

    private Action rcpt(Command.Rcpt rcpt) {
        Optional<Reply> refusal = envelope.refusal(rcpt, content != null);
        if (refusal.isPresent()) {
            return say(refusal.get());
        }
        pending = Pending.RECIPIENT;
        return new Action.TryRecipient(envelope.sender(), rcpt.recipient());
    }

    /** What the recipient's destination says, or somebody before it. */
    public void recipientAnswered(Reply reply) {
        settle(Pending.RECIPIENT);
        if (reply.isSuccess()) {
            envelope.accepted();
        }
        queued.add(say(reply));
    }

    private Action data(ByteBuffer in) {
        if (content != null) {
            return say(Replies.CHUNKS_BEGAN);
        }
        Optional<Reply> lack = envelope.lack();
        if (lack.isPresent()) {
            return say(lack.get());
        }
        if (in.hasRemaining()) {
            // Content before 354 would be commands if DATA were refused: whoever does this cannot be trusted to stop.
            return then(giveUp(), sayAndClose(Replies.BAD_PIPELINING));
        }
        content = ContentIntake.dotted(limits);
        return open();
    }

    private Action open() {
        phase = Phase.CONTENT;
        pending = Pending.OPENING;
        return new Action.OpenContent();
    }

    /**
     * What the destination says to DATA: 354, or a refusal.
     *
     * @param dotted the destination takes content as DATA carries it
     */
    public void contentOpened(Reply reply, boolean dotted) {
        settle(Pending.OPENING);
        ContentIntake intake = intake();
        if (reply.isIntermediate()) {
            intake.opened(dotted);
            if (!intake.isCounted()) {
                queued.add(new Action.Say(Replies.START_CONTENT));
            }
        } else if (intake.isCounted()) {
            intake.refuse(reply);
        } else {
            endTransaction();
            queued.add(say(reply));
        }
    }

    private Action bdat(Command.Bdat bdat, ByteBuffer in) {
        boolean first = content == null;
        ContentIntake intake = first ? ContentIntake.counted(limits) : intake();
        content = intake;
        intake.chunk(bdat);
        if (first) {
            Optional<Reply> lack = envelope.lack();
            if (lack.isEmpty()) {
                return open();
            }
            // Its octets are on their way, whatever is said to the command.
            intake.refuseOrphan(lack.get());
        }
        phase = Phase.CONTENT;
        return content(in);
    }

    private Action content(ByteBuffer in) {
        ContentIntake intake = intake();
        return switch (intake.take(in)) {
            case CONTENT -> new Action.Content(intake.from(), intake.to(), intake.dotBefore());
            case NEED_MORE -> NEED_MORE;
            case WHOLE -> {
                pending = Pending.COMMIT;
                yield new Action.Commit(intake.lacksLineEnd());
            }
            case CHUNK -> {
                phase = Phase.COMMANDS;
                yield say(Reply.of(250, "2.0.0 " + intake.chunkSize() + " octets received"));
            }
            case VIOLATED -> new Action.Abort(intake.violation());
            case REFUSED -> {
                Reply refusal = intake.refusal();
                phase = Phase.COMMANDS;
                if (intake.isOver()) {
                    endTransaction();
                    yield then(new Action.Reset(), say(refusal));
                }
                yield say(refusal);
            }
            case ENDLESS -> sayAndClose(intake.refusal());
        };
    }

    /** What became of the message. */
    public void committed(Reply reply) {
        settle(Pending.COMMIT);
        if (reply.isSuccess()) {
            errors = 0;
        }
        idleCommands = 0;
        messages++;
        endTransaction();
        queued.add(say(reply));
    }

    /**
     * The destination gave up, or refused, before the message was whole: the client is heard to the end of its message,
     * or of its next chunk, and then told.
     */
    public void contentRefused(Reply reply) {
        if (content != null) {
            content.refuse(reply);
        }
    }

    private Action startTls() {
        if (client.tls().isPresent()) {
            return say(Replies.TLS_IN_USE);
        }
        if (!terms.startTls()) {
            return say(Replies.NOT_OFFERED);
        }
        pending = Pending.TLS;
        return then(giveUp(), new Action.StartTls(Replies.GO_AHEAD_TLS));
    }

    /** TLS is in use from here on: all that was said before is forgotten (RFC 3207 §4.2). */
    public void secured(String what) {
        pending = Pending.NOTHING;
        client = client.withTls(what);
    }

    private Action auth(Command.Auth auth, ByteBuffer in) {
        if (in.hasRemaining()) {
            return sayAndClose(Replies.BAD_PIPELINING);
        }
        return taken(sasl.begin(auth, client, envelope.isOpen()));
    }

    private Action taken(SaslIntake.Taken taken) {
        return switch (taken) {
            case SaslIntake.Taken.NeedMore _ -> NEED_MORE;
            case SaslIntake.Taken.Step step -> {
                phase = Phase.SASL;
                pending = Pending.AUTHENTICATION;
                yield step.step();
            }
            case SaslIntake.Taken.Refused refused -> {
                phase = Phase.COMMANDS;
                yield say(refused.reply());
            }
            case SaslIntake.Taken.Broken broken -> sayAndClose(broken.reply());
        };
    }

    /** What a SASL step came to. */
    public void authenticationAnswered(SaslAnswer answer) {
        settle(Pending.AUTHENTICATION);
        switch (answer) {
            case SaslAnswer.Challenge challenge -> queued.add(new Action.Say(SaslIntake.challenge(challenge)));
            case SaslAnswer.Success success -> {
                phase = Phase.COMMANDS;
                client = client.withUser(success.user());
                queued.add(new Action.Say(Replies.AUTHENTICATED));
            }
            case SaslAnswer.Failure failure -> {
                phase = Phase.COMMANDS;
                queued.add(sasl.failed() ? sayAndClose(Replies.TOO_MANY_ERRORS) : say(failure.reply()));
            }
        }
    }

    private Action xclient(Command.Xclient xclient) {
        if (!terms.xclient()) {
            return say(Replies.XCLIENT_DENIED);
        }
        if (envelope.isOpen()) {
            return say(Replies.NESTED_MAIL);
        }
        queued.add(greet());
        return new Action.SpeakFor(xclient.attributes());
    }

    /** The client is another one than it was taken for. */
    public void speaksFor(Client other) {
        client = other;
    }

    /** Nothing came in time. */
    public Action timedOut() {
        return then(abandon(AbortCause.CLIENT_TIMEOUT), sayAndClose(Replies.TIMED_OUT));
    }

    /** The service ends, and this connection with it. */
    public Action shutDown() {
        return then(abandon(AbortCause.SHUTDOWN), sayAndClose(Replies.SHUTTING_DOWN));
    }

    /** Whether the connection may be ended without harm to a message: between transactions, nothing being awaited. */
    public boolean isBetweenTransactions() {
        return !envelope.isOpen() && pending == Pending.NOTHING;
    }

    /** Ends whatever transaction there is; also when the client is lost. */
    public Action abandon(AbortCause cause) {
        boolean begun = content != null;
        endTransaction();
        pending = Pending.NOTHING;
        queued.clear();
        return begun ? new Action.Abort(cause) : new Action.Reset();
    }

    private Action giveUp() {
        boolean begun = content != null;
        endTransaction();
        return begun ? new Action.Abort(AbortCause.CHUNKS_GIVEN_UP) : new Action.Reset();
    }

    private void endTransaction() {
        envelope.end();
        content = null;
        if (phase == Phase.CONTENT) {
            phase = Phase.COMMANDS;
        }
    }

    private ContentIntake intake() {
        if (content == null) {
            throw new IllegalStateException("no content in phase " + phase);
        }
        return content;
    }

    private void settle(Pending expected) {
        if (pending != expected) {
            throw new IllegalStateException("answer to " + expected + " while waiting for " + pending);
        }
        pending = Pending.NOTHING;
    }

    /** First one action, then another. */
    private Action then(Action first, Action second) {
        queued.addFirst(second);
        return first;
    }

    /** A reply to a command that brings no message nearer. */
    private Action counted(Reply reply) {
        return ++idleCommands > limits.idleCommands() ? sayAndClose(Replies.TOO_MANY_COMMANDS) : say(reply);
    }

    private Action say(Reply reply) {
        if (reply.isPermanent() && ++errors > limits.errors()) {
            return sayAndClose(Replies.TOO_MANY_ERRORS);
        }
        return new Action.Say(reply);
    }

    private Action sayAndClose(Reply reply) {
        phase = Phase.CLOSED;
        return new Action.SayAndClose(reply);
    }
}
