package io.steamgate.dns.maintain;

import io.steamgate.dns.maintain.Secondaries.Outcome;

/** Why a zone could not be had from a primary. */
final class TransferException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Outcome outcome;

    TransferException(Outcome outcome, String message) {
        super(message);
        this.outcome = outcome;
    }

    Outcome outcome() {
        return outcome;
    }
}
