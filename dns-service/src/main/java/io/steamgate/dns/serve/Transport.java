package io.steamgate.dns.serve;

/** How a query came. */
public enum Transport {
    UDP,
    TCP,
    TLS,
    HTTPS;

    boolean isStream() {
        return this != UDP;
    }
}
