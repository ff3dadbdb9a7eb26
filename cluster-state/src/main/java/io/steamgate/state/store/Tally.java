package io.steamgate.state.store;

import java.time.Instant;

/**
 * Something that is counted or remembered for a while.
 *
 * @param value what was counted, or when it began in milliseconds since 1970
 * @param endsAt when it is forgotten; milliseconds are kept
 */
public record Tally(long value, Instant endsAt) {}
