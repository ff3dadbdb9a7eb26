package io.steamgate.edge.route;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How a service chooses among its endpoints. */
public enum Balance {
    /** By the client's address: the same endpoint while it lives; its loss moves only its own clients. */
    CLIENT_HASH,
    /** The endpoint with the fewest live flows for its weight. */
    LEAST_FLOWS,
    /** In turn, by weight, without bursts on the heavy ones. */
    ROUND_ROBIN;

    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Balance> of(String word) {
        return Arrays.stream(values()).filter(b -> b.word().equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(Balance::word).toList();
    }
}
