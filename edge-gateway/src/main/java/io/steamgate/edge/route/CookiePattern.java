package io.steamgate.edge.route;

import io.steamgate.edge.follow.RouteKey;

/**
 * A cookie of a rule.
 *
 * @param name case-sensitive (RFC 6265)
 * @param value what the value is or begins with; empty together with {@code prefix} for any value
 * @param prefix whether {@code value} is only the beginning
 */
public record CookiePattern(String name, String value, boolean prefix) {
    public boolean matches(RouteKey.Cookie cookie) {
        return cookie.name().equals(name)
                && (prefix ? cookie.value().startsWith(value) : cookie.value().equals(value));
    }

    /** Whether every cookie that {@code other} matches is matched by this too. */
    boolean covers(CookiePattern other) {
        return name.equals(other.name)
                && (prefix ? other.value.startsWith(value) : !other.prefix && other.value.equals(value));
    }

    @Override
    public String toString() {
        return prefix && value.isEmpty() ? name : name + "=" + value + (prefix ? "*" : "");
    }
}
