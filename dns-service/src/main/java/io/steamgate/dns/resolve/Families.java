package io.steamgate.dns.resolve;

import io.steamgate.dns.wire.Dns;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which version of IP leads anywhere, as far as it has been tried: one without a route, or by which nobody answers while by the other
 * somebody does, comes last for a while. Used on one event loop.
 */
final class Families {
    /** So many questions in a row without an answer say something about the way, and not about those who were asked. */
    private static final int SILENT = 4;

    private static final long AVOIDED_MILLIS = 60_000;

    private final IpPreference preference;
    private final Family ipv4 = new Family();
    private final Family ipv6 = new Family();

    private static final class Family {
        private int unanswered;
        private boolean hasAnswered;
        private long avoidedUntil;
    }

    Families(IpPreference preference) {
        this.preference = preference;
    }

    /** Whether servers are asked at this address at all. */
    boolean isUsed(InetAddress address) {
        return address instanceof Inet6Address ? preference != IpPreference.IPV4 : preference != IpPreference.IPV6;
    }

    /** The addresses that are used, those that are likely to answer first; {@code quickest} is the order among equals. */
    List<InetAddress> order(List<InetAddress> quickest, long now) {
        List<InetAddress> order = new ArrayList<>(quickest);
        order.removeIf(address -> !isUsed(address));
        order.sort(Comparator.comparing((InetAddress address) -> isAvoided(address instanceof Inet6Address, now))
                .thenComparing(address -> isSecond(address instanceof Inet6Address)));
        return order;
    }

    /** Types of records that have a server's addresses, in the order in which they are asked for. */
    List<Integer> types(long now) {
        return switch (preference) {
            case IPV4 -> List.of(Dns.A);
            case IPV6 -> List.of(Dns.AAAA);
            case ANY, PREFER_IPV4, PREFER_IPV6 -> {
                boolean ipv6First = isAvoided(false, now) != isAvoided(true, now)
                        ? isAvoided(false, now)
                        : preference == IpPreference.PREFER_IPV6;
                yield ipv6First ? List.of(Dns.AAAA, Dns.A) : List.of(Dns.A, Dns.AAAA);
            }
        };
    }

    private boolean isAvoided(boolean isIpv6, long now) {
        return (isIpv6 ? ipv6 : ipv4).avoidedUntil > now;
    }

    private boolean isSecond(boolean isIpv6) {
        return preference == (isIpv6 ? IpPreference.PREFER_IPV4 : IpPreference.PREFER_IPV6);
    }

    void tried(InetAddress server, Outcome outcome, long now) {
        boolean isIpv6 = server instanceof Inet6Address;
        Family family = isIpv6 ? ipv6 : ipv4;
        switch (outcome) {
            case Outcome.Answered _, Outcome.Broken _ -> {
                family.unanswered = 0;
                family.avoidedUntil = 0;
                family.hasAnswered = true;
            }
            case Outcome.NoRoute _ -> family.avoidedUntil = now + AVOIDED_MILLIS;
            case Outcome.TimedOut _ -> {
                family.unanswered++;
                // Without an answer by the other either, it is not the version of IP.
                if (family.unanswered >= SILENT && (isIpv6 ? ipv4 : ipv6).hasAnswered) {
                    family.avoidedUntil = now + AVOIDED_MILLIS;
                }
            }
            case Outcome.Unreachable _ -> {
                // Somebody said so: the way is there.
            }
        }
    }
}
