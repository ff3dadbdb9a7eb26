package io.steamgate.state;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** What this node is called in the cluster: {@code steamgate.state.node}, or the machine's host name. */
@Singleton
public class NodeId {
    private final String id;

    @Inject
    NodeId(StateConfig config) {
        this.id = StateBeans.nodeId(config);
    }

    public String id() {
        return id;
    }
}
