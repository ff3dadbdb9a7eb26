package io.steamgate.state.call;

import java.util.Locale;

/** What a call asks for. */
public enum Operation {
    GET,
    PUT,
    PUT_ALL,
    PUT_IF_ABSENT,
    REPLACE,
    REMOVE,
    REMOVE_ALL,
    ALL;

    /** Whether it concerns many entries and gets the larger budget. */
    public boolean isBulk() {
        return this == PUT_ALL || this == REMOVE_ALL || this == ALL;
    }

    /** As it stands in metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
