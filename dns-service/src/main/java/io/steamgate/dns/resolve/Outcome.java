package io.steamgate.dns.resolve;

import io.steamgate.dns.wire.Reply;

/** What came of asking a server. */
sealed interface Outcome {
    record Answered(Reply reply, long nanos) implements Outcome {}

    /** Nothing that could be the answer came in time. */
    record TimedOut() implements Outcome {}

    /** This machine has no way there: the question never left it. */
    record NoRoute() implements Outcome {}

    /** Nobody listens there, or the connection broke. */
    record Unreachable() implements Outcome {}

    /** An answer came that is broken. */
    record Broken() implements Outcome {}
}
