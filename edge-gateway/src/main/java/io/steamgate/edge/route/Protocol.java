package io.steamgate.edge.route;

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
    TCP(0);

    private final int followLimit;

    Protocol(int followLimit) {
        this.followLimit = followLimit;
    }

    /** The follower's name, and the word in the routes file. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How many bytes may be buffered before the decision unless the listener says otherwise; 0 where none are needed. */
    public int defaultFollowLimit() {
        return followLimit;
    }

    static Optional<Protocol> of(String word) {
        return Arrays.stream(values()).filter(p -> p.word().equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(Protocol::word).toList();
    }
}
