package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScriptsTest {
    @Test
    void shellcheck_has_nothing_to_say_about_the_scripts() throws IOException {
        List<String> command = new ArrayList<>(List.of("shellcheck", "-x", "steamgate", ".ci/run"));
        try (Stream<Path> scripts = Files.list(Lab.root().resolve("scripts"))) {
            scripts.map(Path::toString)
                    .filter(name -> name.endsWith(".sh"))
                    .sorted()
                    .forEach(command::add);
        }
        try (Command shellcheck =
                Command.start(new ProcessBuilder(command).directory(Lab.root().toFile()))) {
            assertThat(shellcheck.await(Duration.ofMinutes(2)).succeeded().out())
                    .isEmpty();
        }
    }

    @Test
    void every_command_that_the_readme_shows_is_known_to_the_script() throws IOException {
        String usage = Lab.steamgate(Lab.SHORT, List.of("help")).succeeded().out();
        List<String> shown = Files.readString(Lab.root().resolve("README.md"))
                .lines()
                .filter(line -> line.strip().startsWith("./steamgate "))
                .map(line -> line.strip().split("\\s+")[1])
                .distinct()
                .toList();

        assertThat(shown)
                .contains("demo", "test")
                .allSatisfy(command -> assertThat(usage).containsPattern("(?m)^  " + command + " "));
    }

    @Test
    void an_unknown_command_is_refused_with_the_list_of_commands() {
        Outcome refused = Lab.steamgate(Lab.SHORT, List.of("start-everything"));

        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).contains("usage:").contains("unknown command 'start-everything'");
    }

    /** How the demo ends after a step that succeeded or failed. */
    private static Outcome demoAfter(String step) {
        String script = "set -euo pipefail; ROOT=.; LAB_DIR=lab; source scripts/terminal.sh; source scripts/demo.sh;"
                + " lab() { echo \"lab $*\"; }; passed_if 'a step' " + step + "; demo_end";
        try (Command bash = Command.start(
                new ProcessBuilder("bash", "-c", script).directory(Lab.root().toFile()))) {
            return bash.await(Lab.SHORT);
        }
    }

    @Test
    void a_demo_of_which_a_step_failed_ends_with_an_error_and_without_a_lab() {
        assertThat(demoAfter("true").succeeded().out())
                .contains("All of it worked")
                .endsWith("lab down\n");

        Outcome failed = demoAfter("false");
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.out()).contains("1 of the steps failed").endsWith("lab down\n");
    }

    /** What {@code sites_found} says of a page of metrics, under the shell options of the scripts. */
    private static boolean sitesFound(String page, String site) throws IOException {
        Path file = Files.createTempFile("metrics", ".txt");
        try {
            Files.writeString(file, page);
            String script = "set -euo pipefail; source scripts/terminal.sh; source scripts/lab-services.sh;"
                    + " host_exec() { cat " + file + "; }; sites_found '" + site + "'";
            try (Command bash = Command.start(new ProcessBuilder("bash", "-c", script)
                    .directory(Lab.root().toFile()))) {
                Outcome outcome = bash.await(Lab.SHORT);
                assertThat(outcome.err()).isEmpty();
                return outcome.exit() == 0;
            }
        } finally {
            Files.delete(file);
        }
    }

    private static String stands(String endpoint, String in) {
        StringBuilder page = new StringBuilder();
        for (String state : List.of("unchecked", "unknown", "healthy", "unhealthy")) {
            page.append("steamgate_edge_endpoint_state{endpoint=\"%s\",service=\"s\",state=\"%s\"} %s\n"
                    .formatted(endpoint, state, state.equals(in) ? "1.0" : "0.0"));
        }
        return page.toString();
    }

    @Test
    void the_lab_waits_for_sites_that_the_edge_has_not_found_or_not_looked_at() throws IOException {
        String a = "198.51.100.11:80";
        String b = "198.51.100.12:80";
        // Longer than a pipe holds: a search that ends at the first hit must not end the page's writer.
        String rest = "# HELP another metric\n".repeat(20_000);

        assertThat(sitesFound(stands(a, "healthy") + stands(b, "healthy") + rest, ""))
                .isTrue();
        assertThat(sitesFound(stands(a, "healthy") + stands(b, "unchecked") + rest, ""))
                .isTrue();
        assertThat(sitesFound(stands(a, "unhealthy") + stands(b, "healthy") + rest, ""))
                .isFalse();
        assertThat(sitesFound(stands(a, "unknown") + stands(b, "healthy") + rest, ""))
                .isFalse();
        assertThat(sitesFound(stands(a, "unknown") + stands(b, "healthy") + rest, "198.51.100.12:"))
                .isTrue();
        assertThat(sitesFound(stands(a, "healthy") + stands(b, "unhealthy") + rest, "198.51.100.12:"))
                .isFalse();
        assertThat(sitesFound("", "")).as("no page").isFalse();
        assertThat(sitesFound(rest, ""))
                .as("a page before the routes are in force")
                .isFalse();
    }
}
