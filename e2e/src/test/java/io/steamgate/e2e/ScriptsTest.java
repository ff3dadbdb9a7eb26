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
}
