package io.steamgate.mail.policy;

import java.time.Duration;
import java.util.function.Consumer;

/** Bounds the failed AUTH of one address over all its connections, and over all relays that share their state. */
public final class AuthRate {
    private final SharedState state;
    private final long failures;
    private final Duration window;

    /** @param failures that an address may have within the window */
    public AuthRate(SharedState state, long failures, Duration window) {
        this.state = state;
        this.failures = failures;
        this.window = window;
    }

    /**
     * Whether an address may try. One whose failures are not known may.
     *
     * @param answer on any thread
     */
    public void mayTry(String address, Consumer<Boolean> answer) {
        state.add(key(address), 0, window)
                .whenComplete((sum, failure) -> answer.accept(failure != null || sum == null || sum < failures));
    }

    public void failed(String address) {
        var _ = state.add(key(address), 1, window);
    }

    private static String key(String address) {
        return "auth " + address;
    }
}
