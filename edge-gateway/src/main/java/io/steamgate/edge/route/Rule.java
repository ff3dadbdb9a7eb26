package io.steamgate.edge.route;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * One line of a listener's rules: when every condition that is not empty has an alternative that matches, connections
 * belong to {@code service}.
 *
 * @param hosts of HTTP or the SNI of TLS
 * @param paths of the request
 * @param cookies of the request
 * @param entityTags beginnings of an entity tag of If-None-Match
 * @param alpn protocols of which the ClientHello offers at least one
 * @param sources blocks that the client's address is in
 * @param service the service's name
 */
public record Rule(
        List<HostPattern> hosts,
        List<PathPattern> paths,
        List<CookiePattern> cookies,
        List<String> entityTags,
        List<String> alpn,
        List<Ipv4Network> sources,
        String service) {
    public Rule {
        hosts = List.copyOf(hosts);
        paths = List.copyOf(paths);
        cookies = List.copyOf(cookies);
        entityTags = List.copyOf(entityTags);
        alpn = List.copyOf(alpn);
        sources = List.copyOf(sources);
    }

    /** Whether it looks at what may differ between two requests of one connection to one host. */
    boolean looksAtRequest() {
        return !paths.isEmpty() || !cookies.isEmpty() || !entityTags.isEmpty();
    }

    /** Whether every connection matches. */
    boolean unconditional() {
        return hosts.isEmpty() && alpn.isEmpty() && sources.isEmpty() && !looksAtRequest();
    }

    boolean matchesHost(String host) {
        for (HostPattern pattern : hosts) {
            if (pattern.matches(host)) {
                return true;
            }
        }
        return hosts.isEmpty();
    }

    boolean matchesSource(Ipv4Address client) {
        for (Ipv4Network block : sources) {
            if (block.contains(client)) {
                return true;
            }
        }
        return sources.isEmpty();
    }

    /** Everything but the host, by which a {@link RuleTable} has already chosen. */
    boolean matchesBesidesHost(RouteKey key, Ipv4Address client) {
        return matchesSource(client) && matchesPath(key) && matchesCookie(key) && matchesTag(key) && matchesAlpn(key);
    }

    private boolean matchesPath(RouteKey key) {
        if (paths.isEmpty()) {
            return true;
        }
        if (key.path().isEmpty()) {
            return false;
        }
        String requested = key.path().get();
        for (PathPattern pattern : paths) {
            if (pattern.matches(requested)) {
                return true;
            }
        }
        return false;
    }

    private boolean matchesCookie(RouteKey key) {
        for (CookiePattern pattern : cookies) {
            for (RouteKey.Cookie cookie : key.cookies()) {
                if (pattern.matches(cookie)) {
                    return true;
                }
            }
        }
        return cookies.isEmpty();
    }

    private boolean matchesTag(RouteKey key) {
        for (String prefix : entityTags) {
            for (String tag : key.entityTags()) {
                if (tag.startsWith(prefix)) {
                    return true;
                }
            }
        }
        return entityTags.isEmpty();
    }

    private boolean matchesAlpn(RouteKey key) {
        for (String wanted : alpn) {
            if (key.alpn().contains(wanted)) {
                return true;
            }
        }
        return alpn.isEmpty();
    }

    /** Whether every connection that {@code later} matches is matched by this too, so that {@code later} never decides. */
    boolean covers(Rule later) {
        return covers(hosts, later.hosts, HostPattern::covers)
                && covers(paths, later.paths, PathPattern::covers)
                && covers(cookies, later.cookies, CookiePattern::covers)
                && covers(entityTags, later.entityTags, (mine, theirs) -> theirs.startsWith(mine))
                && covers(alpn, later.alpn, String::equals)
                && covers(
                        sources,
                        later.sources,
                        (mine, theirs) ->
                                mine.prefixLength() <= theirs.prefixLength() && mine.contains(theirs.address()));
    }

    /** Each alternative of the later condition must be inside one of the earlier; no alternatives means no condition. */
    private static <T> boolean covers(List<T> earlier, List<T> later, BiPredicate<T, T> one) {
        return earlier.isEmpty()
                || !later.isEmpty()
                        && later.stream().allMatch(l -> earlier.stream().anyMatch(e -> one.test(e, l)));
    }
}
