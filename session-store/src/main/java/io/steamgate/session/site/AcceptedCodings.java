package io.steamgate.session.site;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Content codings a client accepts (RFC 9110 §12.5.3), of those that files can be kept in. */
record AcceptedCodings(Set<Coding> codings) {
    static final AcceptedCodings NONE = new AcceptedCodings(Set.of());

    /** In order of preference. */
    enum Coding {
        BR("br", ".br"),
        GZIP("gzip", ".gz");

        private final String token;
        private final String extension;

        Coding(String token, String extension) {
            this.token = token;
            this.extension = extension;
        }

        String token() {
            return token;
        }

        String extension() {
            return extension;
        }
    }

    /** Only codings that are named count: {@code *} is too vague to trust, and identity is always at hand. */
    static AcceptedCodings parse(List<String> lines) {
        Set<Coding> accepted = EnumSet.noneOf(Coding.class);
        for (String line : lines) {
            for (String element : line.split(",")) {
                String[] parts = element.split(";", -1);
                String token = parts[0].strip().toLowerCase(Locale.ROOT);
                for (Coding coding : Coding.values()) {
                    if (token.equals(coding.token) && !isRefused(parts)) {
                        accepted.add(coding);
                    }
                }
            }
        }
        return new AcceptedCodings(accepted);
    }

    boolean accepts(Coding coding) {
        return codings.contains(coding);
    }

    /** Weight zero (RFC 9110 §12.4.2). */
    private static boolean isRefused(String[] parts) {
        return parts.length > 1 && parts[1].strip().toLowerCase(Locale.ROOT).matches("q=0(\\.0*)?");
    }
}
