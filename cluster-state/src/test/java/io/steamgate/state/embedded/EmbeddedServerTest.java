package io.steamgate.state.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Packaged;
import io.steamgate.state.SharedServer;
import io.steamgate.state.Within;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.hotrod.ClientSettings.Credentials;
import io.steamgate.state.hotrod.ClientSettings.Security;
import io.steamgate.state.member.Rhythm;
import io.steamgate.state.store.Cluster;
import io.steamgate.state.store.Piece;
import io.steamgate.state.store.Validity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
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
    void others_reach_it_where_it_asks_for_a_password(@TempDir Path directory) {
        Access access = new Access(Optional.empty(), Optional.of(new Access.User("steamgate", "secret")));
        try (EmbeddedServer server = EmbeddedServer.start("0.0.0.0", 0, directory, access);
                ClusterState state = SharedServer.connected(as(server, "secret"), CallObserver.NONE);
                ClusterState stranger = ClusterState.connect(
                        as(server, "guessed"), Rhythm.DEFAULT, InstantSource.system(), CallObserver.NONE)) {
            assertThat(state.clusters().get("home").join()).isEqualTo(new Reply.Absent<>());
            assertThat(stranger.clusters().get("home").join().found()).isEmpty();
            assertThat(Within.within(
                            Duration.ofSeconds(20),
                            () -> stranger.status().problem().orElse("").contains("Invalid credentials")))
                    .as(() -> stranger.status().toString())
                    .isTrue();
        }
    }

    private static ClientSettings as(EmbeddedServer server, String password) {
        return ClientSettings.of(List.of("127.0.0.1:" + server.port()))
                .with(new Security(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new Credentials("steamgate", password, "SCRAM-SHA-512"))));
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

    private static ClusterState client(EmbeddedServer server) {
        return SharedServer.connected(ClientSettings.of(List.of("127.0.0.1:" + server.port())), CallObserver.NONE);
    }

    @Test
    void who_was_there_before_it_waits_for_nothing_and_finds_it_later(@TempDir Path directory) {
        int port = Packaged.freePort();
        long startedAt = System.nanoTime();
        try (ClusterState early = ClusterState.connect(
                ClientSettings.of(List.of("127.0.0.1:" + port)),
                Rhythm.DEFAULT,
                InstantSource.system(),
                CallObserver.NONE)) {
            assertThat(early.clusters().get("home").join()).isEqualTo(new Reply.Unavailable<>(Reason.DISCONNECTED));
            assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofSeconds(2));
            try (EmbeddedServer server = EmbeddedServer.start("127.0.0.1", port, directory)) {
                assertThat(server.port()).isEqualTo(port);
                assertThat(Within.within(
                                Duration.ofSeconds(20), () -> early.status().answering()))
                        .as(() -> early.status().toString())
                        .isTrue();
                assertThat(early.clusters().get("home").join()).isEqualTo(new Reply.Absent<>());
            }
        }
    }

    @Test
    void what_is_persistent_is_there_again_after_a_restart_and_the_rest_is_not(@TempDir Path directory) {
        Cluster cluster = new Cluster("home", "203.0.113.7", Instant.EPOCH, 0);
        try (EmbeddedServer server = EmbeddedServer.start("127.0.0.1", 0, directory);
                ClusterState state = client(server)) {
            assertThat(state.clusters().add(cluster).join()).isEqualTo(Ack.DONE);
            assertThat(state.pieces()
                            .put("piece", new Piece("1", Validity.PERSISTENT))
                            .join())
                    .isEqualTo(Ack.DONE);
        }
        try (EmbeddedServer server = EmbeddedServer.start("127.0.0.1", 0, directory);
                ClusterState state = client(server)) {
            assertThat(state.clusters().get("home").join().found().orElseThrow().value())
                    .isEqualTo(cluster);
            assertThat(state.pieces().get("piece").join()).isEqualTo(new Reply.Absent<>());
        }
    }

    /** A server that thought it was one of several would warn of each that it is not transactional (ISPN006010, ISPN006011). */
    @Test
    void it_finds_nothing_wrong_with_conditional_writes() {
        List<String> warnings = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                    warnings.add(entry.getMessage());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger infinispan = Logger.getLogger("org.infinispan");
        infinispan.addHandler(handler);
        try (ClusterState state = SharedServer.client()) {
            Cluster cluster = new Cluster("conditional", "203.0.113.7", Instant.EPOCH, 0);
            assertThat(state.clusters().add(cluster).join()).isEqualTo(Ack.DONE);
            assertThat(state.clusters().add(cluster).join()).isEqualTo(Ack.CONFLICT);
        } finally {
            infinispan.removeHandler(handler);
        }
        assertThat(warnings).isEmpty();
    }
}
