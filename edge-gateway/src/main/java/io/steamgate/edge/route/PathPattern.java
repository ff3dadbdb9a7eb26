package io.steamgate.edge.route;

/**
 * A path of a rule. Compared with the request's path as it was sent, undecoded: {@code /%61} is not {@code /a}.
 *
 * @param path begins with a slash
 * @param exact the whole path; otherwise a prefix, which without a final slash ends at a segment border: {@code /a}
 *     matches {@code /a} and {@code /a/b} but not {@code /ab}
 */
public record PathPattern(String path, boolean exact) {
    public boolean matches(String requested) {
        if (exact) {
            return requested.equals(path);
        }
        return requested.startsWith(path)
                && (path.endsWith("/")
                        || requested.length() == path.length()
                        || requested.charAt(path.length()) == '/');
    }

    /** Whether every path that {@code other} matches is matched by this too. */
    boolean covers(PathPattern other) {
        return exact ? equals(other) : matches(other.path);
    }

    @Override
    public String toString() {
        return exact ? "=" + path : path;
    }
}
