package io.steamgate.edge.route;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the writer of an unknown word probably meant. */
final class Suggestion {
    /** The words that other proxies use for the same thing. */
    private static final Map<String, String> ELSEWHERE = Map.ofEntries(
            Map.entry("frontends", "listeners"),
            Map.entry("entryPoints", "listeners"),
            Map.entry("backends", "services"),
            Map.entry("clusters", "services"),
            Map.entry("servers", "endpoints"),
            Map.entry("upstreams", "endpoints"),
            Map.entry("lb_endpoints", "endpoints"),
            Map.entry("bind", "address"),
            Map.entry("mode", "protocol"),
            Map.entry("routes", "rules"),
            Map.entry("hosts", "host"),
            Map.entry("domains", "host"),
            Map.entry("hostname", "host"),
            Map.entry("server-name", "sni"),
            Map.entry("path-prefix", "path"),
            Map.entry("prefix", "path"),
            Map.entry("backend", "service"),
            Map.entry("use_backend", "service"),
            Map.entry("default_backend", "default"),
            Map.entry("default-service", "default"),
            Map.entry("maxconn", "max-flows"),
            Map.entry("max-connections", "max-flows"),
            Map.entry("lb-policy", "balance"),
            Map.entry("lb_policy", "balance"),
            Map.entry("check", "health"),
            Map.entry("health-check", "health"),
            Map.entry("healthCheck", "health"),
            Map.entry("health_checks", "health"),
            Map.entry("whitelist", "allow"),
            Map.entry("allowlist", "allow"),
            Map.entry("blacklist", "deny"),
            Map.entry("denylist", "deny"),
            Map.entry("src", "source"),
            Map.entry("leastconn", "least-flows"),
            Map.entry("least-connections", "least-flows"),
            Map.entry("roundrobin", "round-robin"),
            Map.entry("source-hash", "client-hash"),
            Map.entry("https", "tls"));

    private Suggestion() {}

    /** "; did you mean 'x'?", or else the list of what may stand there. */
    static String of(String word, List<String> known) {
        String elsewhere = ELSEWHERE.get(word);
        if (elsewhere != null && known.contains(elsewhere)) {
            return "; did you mean '" + elsewhere + "'?";
        }
        String best = "";
        int bestDistance = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return bestDistance <= Math.max(1, best.length() / 3)
                ? "; did you mean '" + best + "'?"
                : "; known: " + String.join(", ", known);
    }

    /** Levenshtein's, with case and the kind of word separator not counted. */
    private static int distance(String word, String known) {
        String a = word.length() > 40 ? word.substring(0, 40) : word;
        a = a.replace('_', '-').toLowerCase(Locale.ROOT);
        int[] row = new int[known.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substituted = diagonal + (a.charAt(i - 1) == known.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[known.length()];
    }
}
