package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a newcomer runs first, as it is printed. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DemoTest {
    @RegisterExtension
    static final Lab lab = Lab.only("edge,site-a,site-b,dns-a,dns-b,mail-a,mail-b");

    private static final Duration LONG = Duration.ofMinutes(5);

    private static List<String> commands(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("./steamgate lab ") && !line.matches(".* lab (up|down)"))
                .toList();
    }

    private static void runs(String line) {
        try (Command command = Command.start(new ProcessBuilder("bash", "-euc", line)
                .directory(Lab.root().toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null"))))) {
            Outcome outcome = command.await(Duration.ofMinutes(1));
            assertThat(outcome.exit())
                    .as("%s: %s%s", line, outcome.out(), outcome.err())
                    .isZero();
            assertThat(outcome.out()).as(line).isNotBlank();
        }
    }

    @Test
    @Order(1)
    void what_readme_and_demo_propose_to_try_next_works() throws IOException {
        assertThat(commands(Files.readString(Lab.root().resolve("README.md"))))
                .hasSizeGreaterThan(5)
                .allSatisfy(DemoTest::runs);
        assertThat(commands(Files.readString(Lab.root().resolve("scripts/demo.sh"))))
                .hasSizeGreaterThan(4)
                .allSatisfy(DemoTest::runs);
    }

    /** The last: it takes the lab down. */
    @Test
    @Order(2)
    void the_demo_shows_the_main_job() {
        Outcome demo = Lab.steamgate(LONG, List.of("demo"));

        assertThat(demo.exit()).as(demo.out() + demo.err()).isZero();
        assertThat(demo.out())
                .contains("All of it worked. To try next:")
                .contains("1 GiB in ")
                .contains("certificate of ")
                .doesNotContain("FAILED");
        assertThat(Lab.steamgate(Lab.SHORT, List.of("lab", "status")).out())
                .as("without a terminal it cleans up")
                .contains("The lab is down");
        assertThat(commands(demo.out())).hasSizeGreaterThan(4);
    }
}
