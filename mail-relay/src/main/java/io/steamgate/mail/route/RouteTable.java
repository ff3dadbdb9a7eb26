package io.steamgate.mail.route;

import io.steamgate.mail.smtp.Mailbox;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Recipients to destinations. A line is a pattern, blanks, and a destination's name; {@code #} begins a comment.
 *
 * <pre>
 *   joe@a.test   lmtp       one mailbox
 *   a.test       boxes      every mailbox of a domain
 *   .b.test      site-b     every sub-domain of b.test, not b.test itself
 *   *            internet   whatever else there is: only for clients that may relay
 * </pre>
 *
 * The most special pattern wins: mailbox, domain, the longest sub-domain pattern, {@code *}.
 */
public final class RouteTable {
    /**
     * Where a recipient goes.
     *
     * @param destination its name
     * @param open to every client; otherwise only to those that may relay
     */
    public record Route(String destination, boolean open) {}

    private static final String DEFAULT = "*";

    private final Map<String, String> patterns;

    private RouteTable(Map<String, String> patterns) {
        this.patterns = Map.copyOf(patterns);
    }

    /**
     * Reads a table.
     *
     * @throws IllegalArgumentException naming the line and what is wrong with it
     */
    public static RouteTable parse(List<String> lines) {
        Map<String, String> patterns = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replaceFirst("(^|\\s)#.*", "").strip();
            if (line.isEmpty()) {
                continue;
            }
            String[] words = line.split("\\s+", -1);
            if (words.length != 2) {
                throw new IllegalArgumentException(
                        "line " + (i + 1) + ": expected 'PATTERN DESTINATION', not '" + line + "'");
            }
            String pattern = key(words[0]);
            String problem = problem(pattern);
            if (!problem.isEmpty()) {
                throw new IllegalArgumentException("line " + (i + 1) + ": '" + words[0] + "' " + problem);
            }
            if (patterns.putIfAbsent(pattern, words[1]) != null) {
                throw new IllegalArgumentException("line " + (i + 1) + ": '" + words[0] + "' is there twice");
            }
        }
        return new RouteTable(patterns);
    }

    private static String problem(String pattern) {
        if (pattern.equals(DEFAULT)) {
            return "";
        }
        int at = pattern.lastIndexOf('@');
        String domain = pattern.substring(at + 1);
        if (at == 0) {
            return "has no local part; write the domain alone for all of its mailboxes";
        }
        if (domain.startsWith(".") && at > 0) {
            return "is neither a mailbox nor a domain";
        }
        if (domain.isEmpty() || domain.contains("..") || domain.endsWith(".") || domain.contains("*")) {
            return "is no domain, mailbox, .sub-domain or *";
        }
        return "";
    }

    /** Local parts are compared without regard to case: two mailboxes that differ in nothing else are asking for trouble. */
    private static String key(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** All destinations that are named. */
    public List<String> destinations() {
        return patterns.values().stream().distinct().sorted().toList();
    }

    public Optional<Route> find(Mailbox recipient) {
        String domain = recipient.domainKey();
        String found = patterns.get(key(recipient.plainLocalPart()) + "@" + domain);
        if (found == null) {
            found = patterns.get(domain);
        }
        for (int dot = domain.indexOf('.'); found == null && dot >= 0; dot = domain.indexOf('.', dot + 1)) {
            found = patterns.get(domain.substring(dot));
        }
        if (found != null) {
            return Optional.of(new Route(found, true));
        }
        return Optional.ofNullable(patterns.get(DEFAULT)).map(name -> new Route(name, false));
    }
}
