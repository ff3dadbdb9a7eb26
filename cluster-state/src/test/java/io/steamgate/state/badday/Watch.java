package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Within;
import io.steamgate.state.call.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** Load on a bad day, and what is seen meanwhile: waits, outcomes, health. Its rows go to target/badday/results.md. */
final class Watch implements AutoCloseable {
    private static final Path RESULTS = Path.of("target", "badday", "results.md");
    private static final Duration BUDGET = Duration.ofMillis(500);
    /** What busy cores may add before somebody is told that his budget is spent. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    private final String scenario;
    private final ClusterState state;
    private final Load load;
    private final Set<String> health = new ConcurrentSkipListSet<>();
    private final Thread sampler;
    private volatile boolean over;

    Watch(String scenario, ClusterState state, String name, int perSecond) {
        this.scenario = scenario;
        this.state = state;
        untilAnswering(state);
        this.load = new Load(state, name, perSecond);
        this.sampler = Thread.ofVirtual().start(() -> {
            while (!over) {
                health.add(state.status()
                        .problem()
                        // Addresses are other ones in each run.
                        .map(problem -> problem.replaceAll("127[0-9.:]+|(, )?127[0-9.:]+", "")
                                .replaceAll("from [, ]*", "from them "))
                        .orElse("available"));
                Within.within(Duration.ofMillis(50), () -> over);
            }
        });
    }

    static void untilAnswering(ClusterState state) {
        assertThat(Within.within(Duration.ofSeconds(20), () -> state.status().answering()))
                .as(() -> state.status().toString())
                .isTrue();
    }

    /** Waits for so many more acknowledged writes. */
    void untilWritten(int more) {
        int before = load.acknowledged();
        assertThat(Within.within(Duration.ofSeconds(150), () -> load.acknowledged() >= before + more))
                .as(() -> "writes go through: " + load.outcomes() + ", " + state.status())
                .isTrue();
    }

    /** Waits until a write is refused for a reason. */
    void untilRefused(Reason reason) {
        assertThat(Within.within(Duration.ofSeconds(30), () -> load.outcomes().containsKey(reason.label())))
                .as(() -> "writes are refused: " + load.outcomes())
                .isTrue();
    }

    /** Nothing acknowledged is lost and nobody waited too long; leaves a row of the table. */
    void verify() throws InterruptedException {
        load.close();
        List<String> lost = load.lost(state);
        over = true;
        sampler.join();
        row(lost.size());
        assertThat(lost).as("acknowledged writes that are gone").isEmpty();
        assertThat(load.longest()).as("the longest wait").isLessThan(BUDGET.plus(SLACK));
    }

    private void row(int lost) {
        String row = "| %s | %s | %d | %d ms | %d ms | %s |%n"
                .formatted(
                        scenario,
                        load.outcomes(),
                        lost,
                        load.longest().toMillis(),
                        load.longestGap().toMillis(),
                        health);
        write(row);
    }

    /** Adds a row to the results. */
    static void write(String row) {
        try {
            Files.createDirectories(RESULTS.getParent());
            Files.writeString(
                    RESULTS, row, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        load.close();
    }
}
