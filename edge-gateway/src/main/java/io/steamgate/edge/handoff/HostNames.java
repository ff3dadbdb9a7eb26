package io.steamgate.edge.handoff;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One object for each host name in use, so that 100,000 flows to a host do not hold 100,000 copies of its name. Bounded:
 * clients invent names, and those whose hashes meet push each other out, which costs memory in their own flows only.
 */
final class HostNames {
    private static final int SLOTS = 256;

    private final List<Optional<String>> names = new ArrayList<>(Collections.nCopies(SLOTS, Optional.empty()));

    /** {@code host}, or an equal one that was here before. */
    Optional<String> shared(Optional<String> host) {
        int slot = host.hashCode() & (SLOTS - 1);
        Optional<String> known = names.get(slot);
        if (known.equals(host)) {
            return known;
        }
        names.set(slot, host);
        return host;
    }
}
