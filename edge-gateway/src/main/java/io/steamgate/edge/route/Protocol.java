package io.steamgate.edge.route;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a listener follows until it knows where a connection belongs. */
public enum Protocol {
    /** HTTP/0.9 to 1.1 in clear: rules see host, path, cookies and entity tags. */
    HTTP(16 * 1024),
    /** TLS, passed through untouched: rules see the server name and the offered protocols. */
    TLS(64 * 1024),
    /** Any protocol over TCP: decided on accept, rules see the client's address only. */
    TCP(0),
    /** Any protocol over UDP: decided by port, rules see the client's address only. */
    UDP(0, Duration.ofMinutes(5)),
    /** DNS over UDP: as UDP, but a flow is over when its questions are answered. */
    DNS(0, Duration.ofSeconds(5));

    private final int followLimit;
    private final Duration idleTimeout;

    Protocol(int followLimit) {
        this(followLimit, Duration.ofHours(2).plusMinutes(4));
    }

    Protocol(int followLimit, Duration idleTimeout) {
        this.followLimit = followLimit;
        this.idleTimeout = idleTimeout;
    }

    /** The follower's name, and the word in the routes file. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How many bytes may be buffered before the decision unless the listener says otherwise; 0 where none are needed. */
    public int defaultFollowLimit() {
        return followLimit;
    }

    /**
     * After what time a flow without packets is forgotten unless the listener says otherwise: RFC 5382 section 5 (TCP), RFC
     * 4787 section 4.3 (UDP).
     */
    public Duration defaultIdleTimeout() {
        return idleTimeout;
    }

    /** Whether it is carried by UDP. */
    public boolean datagrams() {
        return this == UDP || this == DNS;
    }

    /** Whether bytes of a client are looked at before the decision. */
    public boolean followed() {
        return this == HTTP || this == TLS;
    }

    static Optional<Protocol> of(String word) {
        return Arrays.stream(values()).filter(p -> p.word().equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(Protocol::word).toList();
    }
}
