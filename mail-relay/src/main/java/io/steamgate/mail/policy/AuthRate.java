package io.steamgate.mail.policy;

import io.steamgate.mail.session.ClientNetwork;
import java.time.Duration;
import java.util.function.Consumer;

/** Bounds the failed AUTH of one client over all its connections, and over all relays that share their state. */
public final class AuthRate {
    private final SharedState state;
    private final long failures;
    private final Duration window;

    /** @param failures that a client may have within the window */
    public AuthRate(SharedState state, long failures, Duration window) {
        this.state = state;
        this.failures = failures;
        this.window = window;
    }

    /**
     * Whether a client may try. One whose failures are not known may.
     *
     * @param answer on any thread
     */
    public void mayTry(ClientNetwork client, Consumer<Boolean> answer) {
        state.add(key(client), 0, window)
                .whenComplete((sum, failure) -> answer.accept(failure != null || sum == null || sum < failures));
    }

    public void failed(ClientNetwork client) {
        var _ = state.add(key(client), 1, window);
    }

    private static String key(ClientNetwork client) {
        return "auth " + client.prefix();
    }
}
