package io.steamgate.edge.handoff;

/** Is told of every flow's life: for the access log, the metrics and the balance. */
interface FlowListener {
    /** A flow that was told ended goes on: its reset was ignored. */
    void revived(Flow flow);

    /** A flow ended; its entries may linger. */
    void ended(Flow flow, FlowEnd end);

    /** A flow's entries are gone: its port may be used again. */
    void forgotten(Flow flow);
}
