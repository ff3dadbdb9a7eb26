package io.steamgate.state.schema;

import io.steamgate.state.store.Blob;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What several messages have in common: times are milliseconds since 1970, and what is absent is empty. */
final class Wire {
    private Wire() {}

    static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    static Optional<String> optional(@Nullable String text) {
        return text == null || text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    static <T> List<T> list(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    static Blob blob(byte @Nullable [] bytes) {
        return bytes == null ? Blob.EMPTY : Blob.of(bytes);
    }

    static Instant time(long millis) {
        return Instant.ofEpochMilli(millis);
    }

    /** What cannot be written in milliseconds is as far away as can be. */
    static long millis(Instant time) {
        try {
            return time.toEpochMilli();
        } catch (ArithmeticException e) {
            return time.isAfter(Instant.EPOCH) ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
    }

    /** A share from 0 to 1, whatever somebody wrote. */
    static double share(double value) {
        return value >= 0 ? Math.min(value, 1) : 0;
    }
}
