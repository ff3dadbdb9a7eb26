package io.steamgate.mail;

import io.steamgate.mail.relay.Observer;
import io.steamgate.mail.session.AbortCause;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.Reply;
import java.util.List;
import java.util.Locale;
import org.jboss.logging.Logger;

/** One line per message, per refused recipient and per failed authentication. */
final class MailLog implements Observer {
    private static final Logger LOG = Logger.getLogger("io.steamgate.mail.log");
    private static final int MAX_TEXT = 320;
    private static final int MAX_RECIPIENTS = 10;

    @Override
    public void connected(String listener) {}

    @Override
    public void disconnected(String listener) {}

    @Override
    public void refused(Refusal reason) {}

    @Override
    public void heard(Command command) {}

    @Override
    public void judged(String policy, Verdict verdict) {}

    @Override
    public void inspected(String check, String result) {}

    @Override
    public void unmarked() {}

    @Override
    public void unprotected(String destination) {}

    @Override
    public void unintroduced(String destination) {}

    @Override
    public void answered(String destination, long nanos) {}

    @Override
    public void recipientAnswered(Client client, String sender, String recipient, String destination, Reply reply) {
        if (!reply.isSuccess() && LOG.isInfoEnabled()) {
            LOG.infof(
                    "recipient client=%s helo=%s%s from=%s to=%s destination=%s verdict=%s",
                    client.addressText(),
                    printable(client.helo()),
                    user(client),
                    printable(sender),
                    printable(recipient),
                    destination.isEmpty() ? "-" : destination,
                    quoted(reply));
        }
    }

    @Override
    public void authenticated(Client client, String mechanism, boolean success) {
        if (!success) {
            LOG.infof("authentication client=%s mechanism=%s verdict=refused", client.addressText(), mechanism);
        }
    }

    @Override
    public void delivered(Message message) {
        write(message, quoted(message.reply()));
    }

    @Override
    public void aborted(Message message, AbortCause cause) {
        write(message, "aborted:" + cause.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    private static void write(Message message, String verdict) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        long micros = message.nanos() / 1000;
        LOG.infof(
                "message id=%s client=%s helo=%s%s from=%s to=%s size=%d destination=%s target=%s verdict=%s time=%d.%03dms",
                message.id(),
                message.client().addressText(),
                printable(message.client().helo()),
                user(message.client()),
                printable(message.sender()),
                recipients(message.recipients()),
                message.bytes(),
                message.destination(),
                message.target(),
                verdict,
                micros / 1000,
                micros % 1000);
    }

    private static String user(Client client) {
        return client.user().map(user -> " user=" + printable(user)).orElse("");
    }

    private static String recipients(List<String> all) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(all.size(), MAX_RECIPIENTS); i++) {
            text.append(i > 0 ? "," : "").append(printable(all.get(i)));
        }
        return all.size() > MAX_RECIPIENTS
                ? text.append(",+").append(all.size() - MAX_RECIPIENTS).toString()
                : text.toString();
    }

    private static String quoted(Reply reply) {
        return "\"" + reply.code() + " " + printable(reply.text()) + "\"";
    }

    /** Others' text cut short and without anything that could forge a line or steer a terminal. */
    static String printable(String text) {
        int length = Math.min(text.length(), MAX_TEXT);
        StringBuilder safe = new StringBuilder(length + 3);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            boolean harmless =
                    c >= 0x20 && c < 0x7F && c != '"' && c != '\\' || c >= 0xA0 && Character.isLetterOrDigit(c);
            safe.append(harmless ? c : '?');
        }
        return length < text.length() ? safe.append("...").toString() : safe.toString();
    }
}
