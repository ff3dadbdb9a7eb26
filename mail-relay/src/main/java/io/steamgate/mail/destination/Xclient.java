package io.steamgate.mail.destination;

import io.steamgate.mail.session.Client;
import java.net.Inet6Address;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The XCLIENT command of Postfix's XCLIENT_README: what a server is told of a client. */
final class Xclient {
    /** The value of what is not known. */
    private static final String UNAVAILABLE = "[UNAVAILABLE]";

    /** The name of an address whose name could not be looked up now. */
    private static final String TEMPUNAVAIL = "[TEMPUNAVAIL]";

    private static final String NAME = "NAME";
    private static final String REVERSE_NAME = "REVERSE_NAME";

    static final Set<String> ATTRIBUTES = Set.of(NAME, REVERSE_NAME, "PORT", "PROTO", "HELO", "LOGIN", "ADDR");

    /** Longer values are of no host and no user. */
    private static final int MAX_VALUE = 255;

    /** RFC 5321 §4.5.3.1.4, without the line end. */
    private static final int MAX_LINE = 510;

    private static final String VERB = "XCLIENT";

    private Xclient() {}

    /**
     * The name of a client's host.
     *
     * @param name the one that is known
     * @param claimed the one that the owner of the address says
     * @param failed what is missing could not be looked up now
     */
    record HostName(Optional<String> name, Optional<String> claimed, boolean failed) {
        static final HostName NONE = new HostName(Optional.empty(), Optional.empty(), false);

        private String missing() {
            return failed ? TEMPUNAVAIL : UNAVAILABLE;
        }
    }

    /**
     * The commands that tell a server of a client, as many as lines of this length need. Every attribute that the server
     * knows is told, so that nothing is left of a client that it was told of before.
     *
     * @param offered attributes that the server knows
     */
    static List<String> commands(Client client, HostName name, Set<String> offered) {
        List<String> lines = new ArrayList<>(1);
        StringBuilder line = new StringBuilder(VERB);
        attributes(client, name).forEach((attribute, value) -> {
            if (offered.contains(attribute)) {
                String text = " " + attribute + "=" + value;
                if (line.length() + text.length() > MAX_LINE) {
                    lines.add(line.toString());
                    line.setLength(VERB.length());
                }
                line.append(text);
            }
        });
        if (line.length() > VERB.length()) {
            lines.add(line.toString());
        }
        return lines;
    }

    private static Map<String, String> attributes(Client client, HostName name) {
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put(NAME, value(name.name(), name.missing()));
        attributes.put(REVERSE_NAME, value(name.claimed(), name.missing()));
        attributes.put("PORT", Integer.toString(client.address().getPort()));
        attributes.put("PROTO", client.extended() ? "ESMTP" : "SMTP");
        attributes.put("HELO", value(Optional.of(client.helo()).filter(helo -> !helo.isEmpty()), UNAVAILABLE));
        attributes.put("LOGIN", value(client.user(), UNAVAILABLE));
        // The last: whoever has another address than this relay may not say XCLIENT to Postfix any more.
        boolean six = client.address().getAddress() instanceof Inet6Address;
        attributes.put("ADDR", (six ? "IPV6:" : "") + client.addressText());
        return attributes;
    }

    /** Whether a server that knows these attributes wants to know the name of the client's host. */
    static boolean wantsName(Set<String> offered) {
        return offered.contains(NAME) || offered.contains(REVERSE_NAME);
    }

    private static String value(Optional<String> known, String otherwise) {
        return known.filter(text -> text.length() <= MAX_VALUE)
                .map(Xclient::xtext)
                .filter(text -> text.length() <= MAX_LINE - VERB.length() - REVERSE_NAME.length() - 2)
                .orElse(otherwise);
    }

    /** RFC 3461 §4. */
    private static String xtext(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            if (octet > ' ' && octet < 0x7F && octet != '+' && octet != '=') {
                encoded.append((char) octet);
            } else {
                encoded.append(String.format("+%02X", octet & 0xFF));
            }
        }
        return encoded.toString();
    }
}
