package io.steamgate.edge.handoff;

/** When the kernel answers SYNs by cookies, where it forwards flows and clients speak first. */
public enum KernelHandshakes {
    /** While handshakes that nobody completes crowd out the others. */
    FLOOD,
    ALWAYS,
    NEVER
}
