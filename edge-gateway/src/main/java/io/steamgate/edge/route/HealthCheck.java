package io.steamgate.edge.route;

import java.time.Duration;

/**
 * How the endpoints of a service are checked: a TCP connection is opened, its options are learnt, and it is closed.
 *
 * @param enabled whether checks are made at all
 * @param interval between the starts of two checks of one endpoint that has been healthy
 * @param timeout after which an unanswered check has failed; at most {@code interval}
 * @param rise consecutive good checks that make an unhealthy endpoint healthy again; the first one ever needs one
 * @param fall consecutive failures, of checks or of real connections, that make an endpoint unhealthy
 * @param port to check; 0 for the endpoint's own
 */
public record HealthCheck(boolean enabled, Duration interval, Duration timeout, int rise, int fall, int port) {
    public static final HealthCheck DEFAULT =
            new HealthCheck(true, Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3, 0);
    public static final HealthCheck OFF = new HealthCheck(
            false, DEFAULT.interval(), DEFAULT.timeout(), DEFAULT.rise(), DEFAULT.fall(), DEFAULT.port());
}
