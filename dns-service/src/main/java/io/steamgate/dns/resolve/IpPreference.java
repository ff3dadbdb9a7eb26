package io.steamgate.dns.resolve;

/** Which versions of IP name servers are asked by, and by which first. */
public enum IpPreference {
    /** Whichever is quicker. */
    ANY,
    PREFER_IPV4,
    PREFER_IPV6,
    /** IPv4 alone. */
    IPV4,
    /** IPv6 alone. */
    IPV6
}
