package io.steamgate.state.member;

import io.steamgate.state.store.Node;
import java.time.Instant;

/**
 * A node that is there, as this node sees it.
 *
 * @param lastSeen when this node saw its last heartbeat, by this node's clock
 */
public record Member(Node node, Instant lastSeen) {
    public String id() {
        return node.id();
    }
}
