package io.steamgate.state.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.state.SharedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedServerTest {
    private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");

    /** Local addresses of this process's listening TCP sockets, as the kernel writes them. */
    private static List<String> listening() throws IOException {
        Set<String> own;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            own = descriptors
                    .flatMap(descriptor -> {
                        try {
                            return SOCKET.matcher(
                                            Files.readSymbolicLink(descriptor).toString())
                                    .results()
                                    .map((MatchResult match) -> match.group(1));
                        } catch (IOException e) {
                            // Closed since it was listed.
                            return Stream.empty();
                        }
                    })
                    .collect(Collectors.toSet());
        }
        return Stream.of("/proc/self/net/tcp", "/proc/self/net/tcp6")
                .map(Path::of)
                .filter(Files::exists)
                .flatMap(table -> {
                    try {
                        return Files.readAllLines(table).stream().skip(1);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                })
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns[3].equals("0A") && own.contains(columns[9]))
                .map(columns -> columns[1])
                .toList();
    }

    @Test
    void it_listens_on_its_loopback_address_and_on_nothing_else() throws IOException {
        String server = SharedServer.settings().servers().getFirst();
        String port = "%04X".formatted(Integer.parseInt(server.substring(server.indexOf(':') + 1)));
        assertThat(listening())
                .as("the server's own socket is found")
                .anyMatch(address -> address.endsWith(":" + port))
                .allMatch(address ->
                        address.startsWith("0100007F:") || address.startsWith("0000000000000000FFFF00000100007F:"));
    }

    @Test
    void an_address_that_others_reach_is_refused(@TempDir Path directory) {
        assertThatThrownBy(() -> EmbeddedServer.start("0.0.0.0", 0, directory))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessageContaining("steamgate.state.embedded-address: '0.0.0.0' is no loopback address");
    }

    @Test
    void a_port_that_is_taken_is_named_with_what_to_do(@TempDir Path directory) {
        String server = SharedServer.settings().servers().getFirst();
        int port = Integer.parseInt(server.substring(server.indexOf(':') + 1));
        assertThatThrownBy(() -> EmbeddedServer.start("127.0.0.1", port, directory))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessageContaining(
                        "set steamgate.state.embedded=false and steamgate.state.servers=127.0.0.1:" + port);
    }

    @Test
    void a_directory_that_cannot_be_made_is_named(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> EmbeddedServer.start("127.0.0.1", 0, file.resolve("state")))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessageContaining("steamgate.state.embedded-directory: cannot write to");
    }
}
