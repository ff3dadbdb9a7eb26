package io.steamgate.state.store;

import java.util.Set;

/** The keys of all pieces that a page used when it was last made. */
public record Page(Set<String> keys) {
    public Page {
        keys = Set.copyOf(keys);
    }
}
