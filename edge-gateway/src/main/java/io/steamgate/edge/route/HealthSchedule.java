package io.steamgate.edge.route;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks every endpoint at its interval, each at its own pace: the first check falls in the first tenth of the interval,
 * later ones a tenth early or late, so that a thousand endpoints are not checked in one burst. One that has never been healthy is
 * looked at more often: it is probably about to start, and clients wait for it.
 */
final class HealthSchedule {
    /** After this an endpoint that is never checked, and was ejected because connections failed, is tried again. */
    static final long UNCHECKED_EJECTION_NANOS = 10 * Clock.NANOS_PER_SECOND;

    /** Between two checks of an endpoint that has never been healthy, at most; and no more than a quarter of the interval. */
    static final long NEW_INTERVAL_NANOS = Clock.NANOS_PER_SECOND / 2;

    private final Timers timers;
    private final Randomness randomness;
    private final HealthProbe probe;
    private final Map<EndpointState, Check> checks = new IdentityHashMap<>();

    HealthSchedule(Timers timers, Randomness randomness, HealthProbe probe) {
        this.timers = timers;
        this.randomness = randomness;
        this.probe = probe;
    }

    /** Begins to check {@code endpoint}, or goes on with what {@code service} says now. */
    void watch(EndpointState endpoint, Service service) {
        Check check = checks.get(endpoint);
        if (check == null) {
            check = new Check(endpoint, service);
            checks.put(endpoint, check);
            check.begin();
        } else {
            boolean restart = !check.service.health().equals(service.health())
                    || check.service.addressMode() != service.addressMode();
            check.service = service;
            if (restart) {
                check.end();
                check.begin();
            }
        }
    }

    void unwatch(EndpointState endpoint) {
        Check check = checks.remove(endpoint);
        if (check != null) {
            check.end();
            endpoint.forget();
        }
    }

    int watched() {
        return checks.size();
    }

    /** The checks of one endpoint. */
    private final class Check {
        private final EndpointState endpoint;
        private final Timers.Timer next = new Timers.Timer(this::start);
        private final Timers.Timer timeout = new Timers.Timer(this::timedOut);
        private final Timers.Timer pardon = new Timers.Timer(this::pardon);
        private Service service;
        private @Nullable Outcome running;
        /** The last probe, whose connection may outlive its result. */
        private @Nullable Outcome last;

        Check(EndpointState endpoint, Service service) {
            this.endpoint = endpoint;
            this.service = service;
        }

        void begin() {
            HealthCheck rules = service.health();
            if (rules.enabled()) {
                endpoint.onEjected(null);
                timers.armIn(next, fraction(rules.interval().toNanos() / 10));
            } else {
                // What checks have found out is no longer kept fresh by any.
                endpoint.forget();
                endpoint.onEjected(() -> timers.armIn(pardon, UNCHECKED_EJECTION_NANOS));
            }
        }

        void end() {
            timers.cancel(next);
            timers.cancel(timeout);
            timers.cancel(pardon);
            endpoint.onEjected(null);
            running = null;
            cancelLast();
        }

        private void cancelLast() {
            Outcome outcome = last;
            last = null;
            if (outcome != null) {
                outcome.cancel();
            }
        }

        private void start() {
            HealthCheck rules = service.health();
            long interval = rules.interval().toNanos();
            if (!endpoint.proven()) {
                interval = Math.min(interval / 4, NEW_INTERVAL_NANOS);
            }
            timers.armIn(next, interval - interval / 10 + fraction(interval / 5));
            if (running != null && !endpoint.proven()) {
                // It has its whole time-out, which may be longer than this.
                return;
            }
            if (running != null) {
                // A late timer let two intervals meet.
                timedOut();
            }
            cancelLast();
            Outcome outcome = new Outcome(this);
            running = outcome;
            last = outcome;
            timers.armIn(timeout, rules.timeout().toNanos());
            int port = rules.port() != 0 ? rules.port() : endpoint.endpoint().port();
            outcome.attempt(probe.start(endpoint, service, port, outcome));
        }

        private void timedOut() {
            Outcome outcome = running;
            if (outcome != null) {
                outcome.failed();
                outcome.cancel();
            }
        }

        private void pardon() {
            endpoint.forget();
        }

        /** Whether {@code outcome} is the one awaited; it is awaited no more. */
        private boolean settle(Outcome outcome) {
            if (running != outcome) {
                return false;
            }
            running = null;
            timers.cancel(timeout);
            return true;
        }
    }

    /** One probe's result, heard once. */
    private static final class Outcome implements HealthProbe.Result {
        private final Check check;
        private HealthProbe.@Nullable Attempt attempt;
        private boolean cancelled;

        Outcome(Check check) {
            this.check = check;
        }

        @Override
        public void passed(TcpOptions learnt) {
            if (check.settle(this)) {
                check.endpoint.checkPassed(learnt);
            }
        }

        @Override
        public void failed() {
            if (check.settle(this)) {
                check.endpoint.checkFailed();
            }
        }

        void attempt(HealthProbe.Attempt started) {
            attempt = started;
            if (cancelled) {
                started.cancel();
            }
        }

        void cancel() {
            cancelled = true;
            if (attempt != null) {
                attempt.cancel();
            }
        }
    }

    /** Uniform in {@code [0, bound]}. */
    private long fraction(long bound) {
        return (long) ((randomness.nextLong() >>> 11) * 0x1.0p-53 * bound);
    }
}
