package io.steamgate.edge.handoff;

/**
 * Something below this process that can forward the packets of spliced flows by itself. The {@link UserPath} stays the
 * owner of every flow and forwards whatever still comes to it; to it an offload is an advice that may be refused.
 */
interface Offload {
    /** Nothing is forwarded elsewhere. */
    Offload NONE = new Offload() {};

    /** Packets of the flow may be forwarded, from the end of this turn on, by what its splices say then. */
    default void open(Flow flow) {}

    /** What is followed of an open flow, or where, has changed. */
    default void followed(Flow flow) {}

    /** Packets of the flow are the loop's again, at once; it may be opened again. */
    default void suspend(Flow flow) {}

    /** The flow is over, or lingers: its packets are the loop's. */
    default void close(Flow flow) {}

    /** Counts into the flow what has passed elsewhere. */
    default void sync(Flow flow) {}

    /**
     * What has passed elsewhere of a followed direction.
     *
     * @return false when nothing can have
     */
    default boolean seen(Splice splice, Seen into) {
        return false;
    }

    /** The end of a turn of the loop. */
    default void turn() {}

    /** What was seen last of a followed direction, as its sender says it. */
    final class Seen {
        /** Where the highest payload ends. */
        int highest;

        int ack;
        /** That came with {@link #ack}, unscaled. */
        int window;
        /** How many acknowledgments there were. */
        int acks;
        /** The last timestamp, as it was sent on. */
        int tsVal;
    }
}
