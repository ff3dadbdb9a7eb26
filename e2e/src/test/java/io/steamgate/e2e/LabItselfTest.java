package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The lab beside the one of the other tests: same addresses, other namespaces. */
class LabItselfTest {
    private static final String NAME = "steamgate-beside";
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final List<String> SERVICES =
            List.of("edge", "site-a", "site-b", "dns-a", "dns-b", "mail-a", "mail-b");
    /** The unbound that stands for the rest of the world's names. */
    private static final int OTHERS = 1;

    private static Outcome lab(String... arguments) {
        ProcessBuilder builder = Lab.steamgate(
                Stream.concat(Stream.of("lab"), Stream.of(arguments)).toList());
        builder.environment().put("STEAMGATE_LAB", NAME);
        try (Command command = Command.start(builder)) {
            return command.await(LIMIT);
        }
    }

    @Test
    void the_lab_leaves_nothing_behind_even_when_its_services_were_killed_and_its_files_lost() throws IOException {
        lab("up").succeeded();
        assertThat(lab("up").succeeded().out()).contains("up already");
        List<ProcessHandle> services = services();
        assertThat(services).hasSize(SERVICES.size() + OTHERS);
        services.getFirst().destroyForcibly();
        for (String service : SERVICES) {
            Files.delete(Lab.root().resolve("target/lab-" + NAME + "/" + service + "/pid"));
        }

        lab("down").succeeded();

        assertThat(services()).isEmpty();
        assertThat(traces("/run/netns")).isEmpty();
        assertThat(traces("/etc/netns")).isEmpty();
        assertThat(lab("status").out()).contains("is down");
        assertThat(lab("down").exit()).isZero();
    }

    @Test
    void a_lab_that_lost_a_service_is_laid_out_anew() {
        lab("up").succeeded();
        try {
            List<ProcessHandle> lost = services();
            lost.forEach(ProcessHandle::destroyForcibly);
            lost.forEach(process -> process.onExit().join());

            assertThat(lab("up").succeeded().out()).contains("The lab is up").doesNotContain("already");
            assertThat(services()).hasSize(SERVICES.size() + OTHERS);
        } finally {
            lab("down").succeeded();
        }
    }

    @Test
    void an_unknown_host_is_refused_in_one_line() {
        Outcome refused = lab("exec", "router", "true");

        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err().lines()).singleElement().asString().contains("client client2 edge site-a site-b");
    }

    private static List<ProcessHandle> services() {
        String folder = Lab.root().resolve("target/lab-" + NAME).toString();
        return ProcessHandle.allProcesses()
                .filter(ProcessHandle::isAlive)
                .filter(process -> workingDirectory(process).startsWith(folder + "/"))
                .toList();
    }

    private static String workingDirectory(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"))
                    .toString();
        } catch (IOException | SecurityException e) {
            return "";
        }
    }

    private static List<String> traces(String folder) throws IOException {
        if (!Files.exists(Path.of(folder))) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(Path.of(folder))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith(NAME))
                    .toList();
        }
    }
}
