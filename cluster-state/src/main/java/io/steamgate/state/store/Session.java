package io.steamgate.state.store;

import java.util.Map;
import java.util.Optional;

/**
 * The state that decides what a visitor sees.
 *
 * @param id unguessable
 * @param manager id of the node that manages it
 * @param user to whom its persistent entries belong, once that is known
 * @param entries by key
 */
public record Session(String id, String manager, Optional<String> user, Map<String, Entry> entries) {
    public Session {
        entries = Map.copyOf(entries);
    }

    /** A value and how long it is good for. */
    public record Entry(String value, Validity validity) {}
}
