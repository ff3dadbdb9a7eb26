package io.steamgate.mail.relay;

import java.time.Duration;

/**
 * The time that a client takes for its next command or its next block of content (RFC 5321 §4.5.3.2). Only progress begins it
 * anew, not the octets that bring none; while somebody else has to do something first it stands still.
 */
final class Patience {
    /** What the client's turns before this one took. */
    private long spent;

    private long since;
    private boolean clientsTurn = true;

    /** @param now in nanoseconds, as in all methods here */
    Patience(long now) {
        since = now;
    }

    /** The client got somewhere: what it took until now is forgotten. */
    void renew(long now) {
        spent = 0;
        since = now;
    }

    void turn(boolean isClients, long now) {
        if (clientsTurn && !isClients) {
            spent += now - since;
        }
        if (clientsTurn != isClients) {
            since = now;
        }
        clientsTurn = isClients;
    }

    /** Whether it is for the client to do something, and that takes longer than it may. */
    boolean isOver(Duration allowed, long now) {
        return clientsTurn && spent + now - since > allowed.toNanos();
    }
}
