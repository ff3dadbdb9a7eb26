package io.steamgate.mail.destination;

import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a connection to an SMTP (RFC 5321) or LMTP (RFC 2033) server, for any number of transactions one
 * after another: replies in, lines and answers out.
 */
final class SmtpDialogue {
    /** What the dialogue does. */
    interface Output {
        void send(String lines);

        /** Shake hands; then {@link SmtpDialogue#secured}. */
        void startTls();

        /** The server is ready for a transaction. */
        void ready();

        void recipientAnswered(Reply reply);

        void contentAnswered(Reply reply);

        void messageAnswered(Reply reply);

        /** The server spoke where nothing was asked; the connection is of no more use. */
        void spokeUnasked(Reply reply);

        /** The server does not become ready: the next one may. */
        void unusable(Reply reason);
    }

    private enum Expected {
        GREETING,
        EHLO,
        HELO,
        STARTTLS,
        XCLIENT,
        MAIL,
        RCPT,
        DATA,
        MESSAGE,
        RSET
    }

    private final Output output;
    private final String hostname;
    private final boolean lmtp;
    private final OutboundTls.Security security;
    private final ArrayDeque<Expected> expected = new ArrayDeque<>(4);

    private boolean secure;
    private boolean pipelining;
    private boolean eightBit;
    private boolean smtpUtf8;
    private boolean dsn;
    /** Attributes of XCLIENT that the server knows; none where it has no XCLIENT. */
    private Set<String> attributes = Set.of();
    /** For whom the server takes this connection's client now. */
    private Optional<Client> introduced = Optional.empty();

    private final ArrayDeque<String> introduction = new ArrayDeque<>(1);
    /** -1 where the server names no limit. */
    private long maxSize = -1;

    private @Nullable ReversePath sender;
    private boolean senderAccepted;
    private @Nullable Recipient waiting;
    private @Nullable Reply senderRefusal;
    private boolean closing;

    SmtpDialogue(Output output, String hostname, boolean lmtp, OutboundTls.Security security) {
        this.output = output;
        this.hostname = hostname;
        this.lmtp = lmtp;
        this.security = security;
        expected.add(Expected.GREETING);
    }

    /** The server said that it closes the connection, or broke the protocol. */
    boolean isClosing() {
        return closing;
    }

    /** Whether nothing is asked and no transaction is open. */
    boolean isIdle() {
        return expected.isEmpty() && sender == null && !closing;
    }

    /** Whether nothing is asked. */
    boolean isQuiet() {
        return expected.isEmpty();
    }

    void received(Reply reply) {
        Expected question = expected.poll();
        if (reply.code() == 421) {
            closing = true;
        }
        if (question == null) {
            closing = true;
            output.spokeUnasked(reply);
            return;
        }
        switch (question) {
            case GREETING -> {
                if (reply.code() == 220) {
                    hello();
                } else {
                    output.unusable(forRelay(reply));
                }
            }
            case EHLO -> ehloAnswered(reply);
            case HELO -> {
                if (reply.isSuccess()) {
                    helloDone();
                } else {
                    output.unusable(forRelay(reply));
                }
            }
            case STARTTLS -> {
                if (reply.code() == 220) {
                    output.startTls();
                } else if (security == OutboundTls.Security.REQUIRED) {
                    output.unusable(Replies.DESTINATION_TLS);
                } else {
                    output.ready();
                }
            }
            case XCLIENT -> {
                if (!reply.isSuccess()) {
                    output.unusable(reply.isTransient() ? forRelay(reply) : Replies.DESTINATION_XCLIENT);
                } else if (introduction.isEmpty()) {
                    hello();
                } else {
                    ask(Expected.XCLIENT, introduction.remove());
                }
            }
            case MAIL -> mailAnswered(reply);
            case RCPT -> rcptAnswered(reply);
            case DATA ->
                output.contentAnswered(
                        reply.code() == 354 || reply.isTransient() || reply.isPermanent()
                                ? forRelay(reply)
                                : Replies.DESTINATION_ODD);
            case MESSAGE -> {
                sender = null;
                output.messageAnswered(reply.isIntermediate() ? Replies.DESTINATION_ODD : forRelay(reply));
            }
            case RSET -> {
                if (reply.isSuccess() && !closing) {
                    output.ready();
                } else {
                    closing = true;
                    output.unusable(forRelay(reply));
                }
            }
        }
    }

    private void hello() {
        pipelining = false;
        eightBit = false;
        smtpUtf8 = false;
        dsn = false;
        attributes = Set.of();
        maxSize = -1;
        ask(Expected.EHLO, (lmtp ? "LHLO " : "EHLO ") + ownName());
    }

    /** Behind XCLIENT the connection is the client's, and what it says is the client's word. */
    private String ownName() {
        return introduced
                .map(Client::helo)
                .filter(helo -> helo.matches("[!-~]+"))
                .orElse(hostname);
    }

    /** Whether the server takes this connection for that client's. */
    boolean isIntroduced(Client client) {
        return introduced.filter(client::equals).isPresent();
    }

    /** Whether the server takes this connection for some client's. */
    boolean isIntroduced() {
        return introduced.isPresent();
    }

    /** Whether the server can be told whose connection this is. */
    boolean takesIntroductions() {
        return !attributes.isEmpty();
    }

    /** Whether the server wants to know the name of the client's host. */
    boolean takesNames() {
        return Xclient.wantsName(attributes);
    }

    /**
     * Tells the server whose connection this is from here on, between transactions; {@code ready} or {@code unusable}
     * follows.
     */
    void introduce(Client client, Xclient.HostName name) {
        introduced = Optional.of(client);
        introduction.addAll(Xclient.commands(client, name, attributes));
        ask(Expected.XCLIENT, introduction.remove());
    }

    private void ehloAnswered(Reply reply) {
        if (!reply.isSuccess()) {
            if (lmtp || !reply.isPermanent()) {
                output.unusable(forRelay(reply));
            } else {
                ask(Expected.HELO, "HELO " + ownName());
            }
            return;
        }
        boolean startTls = false;
        for (String line : reply.lines().subList(1, reply.lines().size())) {
            String[] words = line.strip().toUpperCase(Locale.ROOT).split(" +", -1);
            switch (words[0]) {
                case "PIPELINING" -> pipelining = true;
                case "8BITMIME" -> eightBit = true;
                case "SMTPUTF8" -> smtpUtf8 = true;
                case "DSN" -> dsn = true;
                case "STARTTLS" -> startTls = true;
                case "XCLIENT" -> attributes = known(words);
                case "SIZE" -> maxSize = words.length > 1 ? size(words[1]) : -1;
                default -> {}
            }
        }
        if (startTls && !secure && security != OutboundTls.Security.OFF) {
            ask(Expected.STARTTLS, "STARTTLS");
        } else {
            helloDone();
        }
    }

    /** Without an attribute that this relay knows XCLIENT has nothing to say. */
    private static Set<String> known(String[] words) {
        Set<String> offered = new HashSet<>(List.of(words));
        offered.retainAll(Xclient.ATTRIBUTES);
        return offered;
    }

    private void helloDone() {
        if (security == OutboundTls.Security.REQUIRED && !secure) {
            output.unusable(Replies.DESTINATION_TLS);
        } else {
            output.ready();
        }
    }

    /** RFC 1870 §4: no number, or zero, names no limit. */
    private static long size(String text) {
        try {
            long size = Long.parseLong(text);
            return size > 0 ? size : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** TLS is in use: what the server said before is forgotten (RFC 3207 §4.2). */
    void secured() {
        secure = true;
        hello();
    }

    /** Asks for a recipient, and for its sender if this is the transaction's first. */
    void recipient(ReversePath from, Recipient recipient) {
        Optional<Reply> lack = lack(from);
        if (lack.isPresent()) {
            output.recipientAnswered(lack.get());
            return;
        }
        boolean first = sender == null;
        sender = from;
        if (!first && senderAccepted) {
            ask(Expected.RCPT, rcpt(recipient));
            return;
        }
        senderRefusal = null;
        senderAccepted = false;
        if (pipelining) {
            expected.add(Expected.MAIL);
            ask(Expected.RCPT, mail(from) + "\r\n" + rcpt(recipient));
        } else {
            waiting = recipient;
            ask(Expected.MAIL, mail(from));
        }
    }

    /** What the message needs and this server does not have. */
    private Optional<Reply> lack(ReversePath from) {
        if (from.eightBit() && !eightBit) {
            return Optional.of(Replies.NEEDS_8BITMIME);
        }
        if (from.smtpUtf8() && !smtpUtf8) {
            return Optional.of(Replies.NEEDS_SMTPUTF8);
        }
        if (maxSize > 0 && from.size() > maxSize) {
            return Optional.of(Replies.TOO_BIG_THERE);
        }
        return Optional.empty();
    }

    private String mail(ReversePath from) {
        StringBuilder line = new StringBuilder("MAIL FROM:").append(from.path());
        if (from.size() >= 0 && maxSize != -1) {
            line.append(" SIZE=").append(from.size());
        }
        if (from.eightBit()) {
            line.append(" BODY=8BITMIME");
        }
        if (from.smtpUtf8()) {
            line.append(" SMTPUTF8");
        }
        if (dsn) {
            from.ret().ifPresent(ret -> line.append(" RET=").append(ret));
            from.envid().ifPresent(envid -> line.append(" ENVID=").append(envid));
        }
        return line.toString();
    }

    private String rcpt(Recipient recipient) {
        StringBuilder line = new StringBuilder("RCPT TO:").append(recipient.path());
        if (dsn) {
            recipient.notification().ifPresent(notify -> line.append(" NOTIFY=").append(notify));
            recipient.orcpt().ifPresent(orcpt -> line.append(" ORCPT=").append(orcpt));
        }
        return line.toString();
    }

    private void mailAnswered(Reply reply) {
        Recipient next = waiting;
        waiting = null;
        if (reply.isSuccess()) {
            senderAccepted = true;
            if (next != null) {
                ask(Expected.RCPT, rcpt(next));
            }
            return;
        }
        senderRefusal = reply.isIntermediate() ? Replies.DESTINATION_ODD : forRelay(reply);
        if (next != null) {
            sender = null;
            output.recipientAnswered(senderRefusal);
        }
    }

    private void rcptAnswered(Reply reply) {
        Reply refusal = senderRefusal;
        if (refusal != null) {
            // Pipelined behind a MAIL that was refused: what is said to RCPT is of no interest.
            senderRefusal = null;
            sender = null;
            output.recipientAnswered(refusal);
        } else {
            output.recipientAnswered(reply.isIntermediate() ? Replies.DESTINATION_ODD : forRelay(reply));
        }
    }

    void data() {
        ask(Expected.DATA, "DATA");
    }

    /** The content and its end are on their way. */
    void contentEnded() {
        expected.add(Expected.MESSAGE);
    }

    /** Gives the transaction up before its content began; {@code ready} or {@code unusable} follows. */
    void reset() {
        sender = null;
        senderAccepted = false;
        ask(Expected.RSET, "RSET");
    }

    private void ask(Expected question, String line) {
        expected.add(question);
        output.send(line + "\r\n");
    }

    /** A server's reply as this relay's own: 421 closes the server's connection, not the client's. */
    static Reply forRelay(Reply reply) {
        if (reply.isIntermediate()) {
            return reply;
        }
        if (reply.code() == 421) {
            return new Reply(451, reply.forClient().lines());
        }
        return reply.forClient();
    }
}
