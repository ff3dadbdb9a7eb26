package io.steamgate.edge.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthScheduleTest {
    private static final TcpOptions LINUX = new TcpOptions(1460, 7, true, true);
    private static final HealthCheck CHECK =
            new HealthCheck(true, Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3, 0);

    private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 5_000_000_000L);
    private final Timers timers = new Timers(clock);
    private final Probe probe = new Probe();
    private final HealthSchedule schedule = new HealthSchedule(timers, Randomness.seeded(1), probe);
    private final EndpointState endpoint =
            new EndpointState("s", Endpoint.of(Ipv4Address.of(198, 51, 100, 11), 80), () -> {});

    @BeforeEach
    void configure() {
        watch(CHECK);
    }

    @Test
    void the_first_check_comes_soon_and_decides_alone() {
        run(200);

        assertThat(probe.started).hasSize(1);
        assertThat(endpoint.health()).isEqualTo(Health.UNKNOWN);
        probe.last().result.passed(LINUX);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
        assertThat(endpoint.learnt()).contains(LINUX);
        assertThat(endpoint.checksPassed().get()).isEqualTo(1);
    }

    @Test
    void an_endpoint_that_never_answered_is_unhealthy_after_one_check() {
        run(200);
        probe.last().result.failed();

        assertThat(endpoint.health()).isEqualTo(Health.UNHEALTHY);
        assertThat(endpoint.checksFailed().get()).isEqualTo(1);
    }

    @Test
    void an_endpoint_that_was_never_healthy_needs_one_good_check_however_often_it_failed() {
        run(200);
        failChecks(5);
        assertThat(endpoint.health()).isEqualTo(Health.UNHEALTHY);
        passChecks(1);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void an_endpoint_that_was_never_healthy_is_checked_twice_a_second_at_least() {
        probe.answer = Optional.of(false);
        run(20_000);
        assertThat(probe.started).hasSizeBetween(36, 45);

        probe.answer = Optional.of(true);
        run(600);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
        int before = probe.started.size();
        run(20_000);
        assertThat(probe.started).as("as often as asked for").hasSizeBetween(before + 9, before + 12);
    }

    @Test
    void an_endpoint_that_was_never_healthy_and_is_slow_has_its_whole_time_out() {
        run(200);
        Started slow = probe.last();
        run(900);
        assertThat(slow.cancelled).isFalse();
        slow.result.passed(LINUX);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void an_endpoint_that_was_forgotten_is_new_again() {
        becomeHealthy();
        failChecks(3);
        endpoint.forget();
        failChecks(1);
        assertThat(endpoint.health()).isEqualTo(Health.UNHEALTHY);
        passChecks(1);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void checks_keep_their_interval_within_a_tenth() {
        becomeHealthy();
        probe.answer = Optional.of(true);
        List<Long> starts = new ArrayList<>();
        probe.onStart = () -> starts.add(clock.nanos());
        run(60_000);

        assertThat(starts).hasSizeBetween(27, 34);
        for (int i = 1; i < starts.size(); i++) {
            assertThat(starts.get(i) - starts.get(i - 1)).isBetween(1_790_000_000L, 2_210_000_000L);
        }
        assertThat(IntStream.range(1, starts.size()).mapToLong(i -> starts.get(i) - starts.get(i - 1)))
                .as("jitter")
                .satisfies(waits -> assertThat(new HashSet<>(waits)).hasSizeGreaterThan(10));
    }

    @Test
    void three_failures_in_a_row_make_it_unhealthy_and_two_passes_healthy_again() {
        becomeHealthy();

        failChecks(2);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
        passChecks(1);
        failChecks(2);
        assertThat(endpoint.health()).as("not in a row").isEqualTo(Health.HEALTHY);
        failChecks(1);
        assertThat(endpoint.health()).isEqualTo(Health.UNHEALTHY);

        passChecks(1);
        failChecks(1);
        passChecks(1);
        assertThat(endpoint.health()).as("not in a row").isEqualTo(Health.UNHEALTHY);
        passChecks(1);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
        assertThat(endpoint.healthChanges().get()).isEqualTo(3);
    }

    @Test
    void silence_is_a_failure_and_the_probe_is_given_up() {
        run(200);
        Started silent = probe.last();
        assertThat(silent.cancelled).isFalse();
        run(1_000);

        assertThat(silent.cancelled).isTrue();
        assertThat(endpoint.health()).isEqualTo(Health.UNHEALTHY);
    }

    @Test
    void an_answer_after_the_timeout_or_a_second_one_is_not_heard() {
        run(200);
        HealthProbe.Result late = probe.last().result;
        run(1_000);
        late.passed(LINUX);
        assertThat(endpoint.checksPassed().get()).isZero();

        run(600);
        HealthProbe.Result result = probe.last().result;
        result.failed();
        result.failed();
        result.passed(LINUX);
        assertThat(endpoint.checksFailed().get()).isEqualTo(2);
        assertThat(endpoint.checksPassed().get()).isZero();
    }

    @Test
    void an_answer_before_the_start_returns_counts_and_leaves_no_timeout() {
        probe.answer = Optional.of(true);
        run(1_900);

        assertThat(endpoint.checksPassed().get()).isEqualTo(2);
        assertThat(endpoint.checksFailed().get()).isZero();
    }

    @Test
    void a_connection_that_an_endpoint_keeps_open_ends_before_the_next_check() {
        run(200);
        Started first = probe.last();
        first.result.passed(LINUX);
        assertThat(first.cancelled).isFalse();
        run(2_200);

        assertThat(probe.last()).isNotSameAs(first);
        assertThat(first.cancelled).isTrue();
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void refused_connections_count_as_failures() {
        becomeHealthy();

        endpoint.connectFailed();
        endpoint.connectFailed();
        endpoint.connected();
        endpoint.connectFailed();
        endpoint.connectFailed();
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
        endpoint.connectFailed();
        assertThat(endpoint.health()).isEqualTo(Health.UNHEALTHY);
        assertThat(endpoint.connectFailures().get()).isEqualTo(5);

        endpoint.connected();
        assertThat(endpoint.health()).as("one straggler proves nothing").isEqualTo(Health.UNHEALTHY);
        passChecks(2);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void the_checked_port_is_the_one_configured_or_the_endpoints_own() {
        run(200);
        assertThat(probe.last().port).isEqualTo(80);

        watch(new HealthCheck(true, CHECK.interval(), CHECK.timeout(), 2, 3, 8080));
        run(200);
        assertThat(probe.last().port).isEqualTo(8080);
    }

    @Test
    void the_same_configuration_again_does_not_disturb_the_rhythm() {
        becomeHealthy();
        run(600);
        int before = probe.started.size();
        watch(CHECK);
        run(1_000);

        assertThat(probe.started).hasSize(before);
    }

    @Test
    void an_endpoint_that_is_no_longer_watched_is_left_alone() {
        run(200);
        schedule.unwatch(endpoint);

        assertThat(probe.last().cancelled).isTrue();
        assertThat(timers.armed()).isZero();
        probe.last().result.passed(LINUX);
        assertThat(endpoint.health()).isEqualTo(Health.UNKNOWN);
        assertThat(schedule.watched()).isZero();
    }

    @Test
    void without_checks_an_endpoint_that_refuses_is_left_out_for_ten_seconds() {
        becomeHealthy();
        watch(HealthCheck.OFF);
        int checks = probe.started.size();
        assertThat(endpoint.health()).isEqualTo(Health.UNKNOWN);

        endpoint.connectFailed();
        endpoint.connectFailed();
        endpoint.connectFailed();
        assertThat(endpoint.health()).isEqualTo(Health.UNHEALTHY);
        run(9_900);
        assertThat(endpoint.health()).isEqualTo(Health.UNHEALTHY);
        run(200);
        assertThat(endpoint.health()).isEqualTo(Health.UNKNOWN);
        assertThat(probe.started).hasSize(checks);
    }

    private void watch(HealthCheck check) {
        Service service = new Service(
                "s",
                AddressMode.PROXY,
                AddressMode.PROXY,
                Balance.CLIENT_HASH,
                Service.DEFAULT_CONNECT_TIMEOUT,
                3,
                check,
                TcpOptions.CAUTIOUS,
                List.of(endpoint.endpoint()));
        endpoint.configure(endpoint.endpoint(), check);
        schedule.watch(endpoint, service);
    }

    private void becomeHealthy() {
        passChecks(1);
        assertThat(endpoint.health()).isEqualTo(Health.HEALTHY);
    }

    private void passChecks(int count) {
        checks(count, true);
    }

    private void failChecks(int count) {
        checks(count, false);
    }

    private void checks(int count, boolean pass) {
        probe.answer = Optional.of(pass);
        int until = probe.started.size() + count;
        while (probe.started.size() < until) {
            run(10);
        }
    }

    private void run(long millis) {
        for (long i = 0; i < millis; i += 10) {
            clock.advanceMillis(10);
            timers.fire();
        }
    }

    private static final class Probe implements HealthProbe {
        final List<Started> started = new ArrayList<>();
        Optional<Boolean> answer = Optional.empty();
        Runnable onStart = () -> {};

        @Override
        public Attempt start(EndpointState endpoint, Service service, int port, Result result) {
            onStart.run();
            Started now = new Started(port, result);
            started.add(now);
            answer.ifPresent(passes -> {
                if (passes) {
                    result.passed(LINUX);
                } else {
                    result.failed();
                }
            });
            return () -> now.cancelled = true;
        }

        Started last() {
            return started.getLast();
        }
    }

    private static final class Started {
        final int port;
        final HealthProbe.Result result;
        boolean cancelled;

        Started(int port, HealthProbe.Result result) {
            this.port = port;
            this.result = result;
        }
    }
}
