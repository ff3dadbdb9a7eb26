package io.steamgate.state.call;

/**
 * What came of a write. Writes never fail by exception and never take longer than their budget.
 *
 * <p>What is {@link Done} is on as many servers as the cache has owners. Of what is {@link Unavailable} nobody knows: it may have
 * been done, may yet be done, or not.
 */
public sealed interface Ack {
    /** All owners have it. */
    record Done() implements Ack {}

    /**
     * A conditional write did not find what it expected, and did nothing. After a lost connection the client tries once more, so
     * that the other writer may have been this very call: who must know reads again and compares.
     */
    record Conflict() implements Ack {}

    /** It is not known whether it was done. */
    record Unavailable(Reason reason) implements Ack {}

    /** The one and only {@link Done}. */
    Ack DONE = new Done();

    /** The one and only {@link Conflict}. */
    Ack CONFLICT = new Conflict();

    /** Whether all owners have it. */
    default boolean done() {
        return this instanceof Done;
    }
}
