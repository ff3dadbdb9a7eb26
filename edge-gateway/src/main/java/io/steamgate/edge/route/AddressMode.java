package io.steamgate.edge.route;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whose address an endpoint sees. */
public enum AddressMode {
    /** The edge's; a PROXY protocol v2 header tells the client's. */
    PROXY,
    /** The client's own; the endpoint's route back must lead through the edge. */
    TRANSPARENT,
    /** The edge's, and nothing tells the client's. */
    NAT;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<AddressMode> of(String word) {
        return Arrays.stream(values()).filter(m -> m.word().equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(AddressMode::word).toList();
    }
}
