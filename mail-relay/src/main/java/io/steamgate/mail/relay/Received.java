package io.steamgate.mail.relay;

import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.ReversePath;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** The trace line that every message gets (RFC 5321 §4.4). */
final class Received {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private Received() {}

    static String line(
            Client client, ReversePath sender, List<Recipient> recipients, String hostname, String id, Instant now) {
        String literal = client.address().getAddress() instanceof java.net.Inet6Address ? "IPv6:" : "";
        StringBuilder line = new StringBuilder(200)
                .append("Received: from ")
                .append(client.helo())
                .append(" ([")
                .append(literal)
                .append(client.addressText())
                .append("])\r\n\tby ")
                .append(hostname)
                .append(" with ")
                .append(protocol(client, sender));
        client.tls().ifPresent(tls -> line.append(" (").append(tls).append(')'));
        line.append("\r\n\tid ").append(id);
        if (recipients.size() == 1) {
            line.append(" for ").append(recipients.getFirst().path());
        }
        return line.append(";\r\n\t").append(DATE.format(now)).append("\r\n").toString();
    }

    /** RFC 3848, and RFC 6531 §3.7.3 for SMTPUTF8. */
    private static String protocol(Client client, ReversePath sender) {
        if (!client.extended()) {
            return "SMTP";
        }
        return (sender.smtpUtf8() ? "UTF8SMTP" : "ESMTP")
                + (client.tls().isPresent() ? "S" : "")
                + (client.user().isPresent() ? "A" : "");
    }
}
