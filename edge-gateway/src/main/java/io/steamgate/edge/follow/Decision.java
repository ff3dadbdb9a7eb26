package io.steamgate.edge.follow;

/** What a follower makes of the bytes so far. */
public sealed interface Decision {
    /**
     * Not enough yet.
     *
     * @param limit how many buffered bytes the follower will ever ask for; at this many it decides
     */
    record NeedMore(int limit) implements Decision {}

    /** Enough: the connection belongs to whatever {@code key} leads to. */
    record Route(RouteKey key) implements Decision {}

    /**
     * Malformed, too large or not allowed.
     *
     * @param reply what the client is told before the connection is closed; empty for a reset
     * @param reason a few stable words for the log and the metric's label, as in {@code head-too-large}
     */
    record Reject(byte[] reply, String reason) implements Decision {}
}
