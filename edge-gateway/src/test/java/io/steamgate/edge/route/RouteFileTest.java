package io.steamgate.edge.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.wire.Ipv4Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteFileTest {
    private static final String GOOD = """
            listeners:
              - {name: web, port: 80, protocol: http, default: a}
            services:
              a: {endpoints: ["198.51.100.11:80"]}
            """;
    private static final String OTHER = GOOD.replace("port: 80,", "port: 81,");
    private static final String BAD = GOOD.replace("default: a", "default: b");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    private Path folder;

    private RoutesContext context = RoutesContext.UNKNOWN;
    private Path path = Path.of("unset");

    @Test
    void the_first_reading_tells_when_and_which() throws IOException {
        try (RouteFile file = file(GOOD)) {
            assertThat(file.loaded()).isEmpty();
            RouteFile.Loaded loaded = file.load();

            assertThat(loaded.generation()).isEqualTo(1);
            assertThat(loaded.loadedAt()).isEqualTo(NOW);
            assertThat(port(loaded)).isEqualTo(80);
            assertThat(file.loaded()).contains(loaded);
            assertThat(file.lastError()).isEmpty();
            assertThat(file.poll()).as("nothing changed").isEmpty();
        }
    }

    @Test
    void a_start_without_a_good_file_is_refused_with_the_reason() throws IOException {
        try (RouteFile bad = file(BAD)) {
            assertThatThrownBy(bad::load).hasMessage(path + ":2:52: there is no service 'b'; did you mean 'a'?");
        }
        try (RouteFile none = at(folder.resolve("none.yaml"))) {
            assertThatThrownBy(none::load).hasMessage(path + ": there is no such file");
        }
        Files.write(folder.resolve("latin.yaml"), "a: é".getBytes(StandardCharsets.ISO_8859_1));
        try (RouteFile latin = at(folder.resolve("latin.yaml"))) {
            assertThatThrownBy(latin::load).hasMessage(path + ": cannot be read: not UTF-8 text");
        }
        try (RouteFile directory = at(folder)) {
            assertThatThrownBy(directory::load).isInstanceOf(RoutesException.class);
        }
    }

    @Test
    void a_file_moved_into_place_is_read_at_once() throws IOException {
        try (RouteFile file = file(GOOD)) {
            file.load();
            move(OTHER);
            RouteFile.Loaded second = file.poll().orElseThrow();

            assertThat(port(second)).isEqualTo(81);
            assertThat(second.generation()).isEqualTo(2);
            assertThat(file.poll()).isEmpty();
        }
    }

    @Test
    void a_file_written_in_place_is_read_when_it_is_quiet() throws IOException {
        try (RouteFile file = file(GOOD)) {
            file.load();
            Files.writeString(path, OTHER.substring(0, 60) + "\n");
            assertThat(file.poll()).as("still being written").isEmpty();
            Files.writeString(path, OTHER + "# done\n");
            assertThat(file.poll()).as("still being written").isEmpty();
            assertThat(file.lastError()).isEmpty();

            assertThat(file.poll()).map(RouteFileTest::port).contains(81);
        }
    }

    /** As the kubelet does it: routes.yaml -> ..data/routes.yaml, and ..data is a link that is replaced. */
    @Test
    void a_config_map_that_is_swapped_by_its_links_is_read() throws IOException {
        Path first = Files.createDirectory(folder.resolve("..2026_01"));
        Path second = Files.createDirectory(folder.resolve("..2026_02"));
        Files.writeString(first.resolve("routes.yaml"), GOOD);
        Files.writeString(second.resolve("routes.yaml"), OTHER);
        Files.setLastModifiedTime(
                second.resolve("routes.yaml"), Files.getLastModifiedTime(first.resolve("routes.yaml")));
        Path data = Files.createSymbolicLink(folder.resolve("..data"), first.getFileName());
        Files.createSymbolicLink(folder.resolve("routes.yaml"), Path.of("..data/routes.yaml"));
        try (RouteFile file = at(folder.resolve("routes.yaml"))) {
            assertThat(port(file.load())).isEqualTo(80);

            Path link = Files.createSymbolicLink(folder.resolve("..data_tmp"), second.getFileName());
            Files.move(link, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

            assertThat(file.poll()).map(RouteFileTest::port).contains(81);
        }
    }

    @Test
    void a_bad_file_is_refused_whole_and_the_old_one_stays() throws IOException {
        try (RouteFile file = file(GOOD)) {
            RouteFile.Loaded first = file.load();
            move(BAD);

            assertThat(file.poll()).isEmpty();
            assertThat(file.loaded()).contains(first);
            assertThat(file.lastError()).contains(path + ":2:52: there is no service 'b'; did you mean 'a'?");
            assertThat(file.poll()).as("the same again").isEmpty();

            move(GOOD);
            assertThat(file.poll()).map(RouteFile.Loaded::generation).contains(2L);
            assertThat(file.lastError()).isEmpty();
        }
    }

    @Test
    void a_file_that_vanishes_changes_nothing_but_is_reported() throws IOException {
        try (RouteFile file = file(GOOD)) {
            RouteFile.Loaded first = file.load();
            Files.delete(path);
            assertThat(file.poll()).isEmpty();
            assertThat(file.lastError()).contains(path + ": there is no such file");
            assertThat(file.loaded()).contains(first);

            Files.writeString(path, GOOD);
            file.poll();
            file.poll();
            assertThat(file.lastError()).isEmpty();
        }
    }

    @Test
    void a_touched_file_with_the_same_text_is_no_change() throws IOException {
        try (RouteFile file = file(GOOD)) {
            file.load();
            move(GOOD);
            assertThat(file.poll()).isEmpty();
            assertThat(file.loaded()).map(RouteFile.Loaded::generation).contains(1L);
        }
    }

    @Test
    void the_same_text_is_judged_again_when_the_edge_gets_another_address() throws IOException {
        try (RouteFile file = file(GOOD)) {
            file.load();
            context = new RoutesContext(Set.of(Ipv4Address.of(198, 51, 100, 11)), false);

            assertThat(file.poll()).isEmpty();
            assertThat(file.lastError().orElse("")).contains("198.51.100.11 is the edge's own address");
        }
    }

    @Test
    void the_watch_hands_over_what_changes_and_says_once_what_is_refused() throws Exception {
        BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        try (RouteFile file = file(GOOD)) {
            file.load();
            file.watch(Duration.ofMillis(5), loaded -> events.add(port(loaded)), events::add);
            move(OTHER);
            assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo(81);
            move(BAD);
            assertThat(events.poll(10, TimeUnit.SECONDS))
                    .isEqualTo(path + ":2:52: there is no service 'b'; did you mean 'a'?");
            move(GOOD);
            assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo(80);
        }
        assertThat(events).isEmpty();
    }

    private RouteFile file(String text) throws IOException {
        Path routes = folder.resolve("routes.yaml");
        Files.writeString(routes, text);
        return at(routes);
    }

    private RouteFile at(Path routes) {
        path = routes;
        return new RouteFile(routes, () -> context, () -> NOW);
    }

    private void move(String text) throws IOException {
        Path next = folder.resolve("next");
        Files.writeString(next, text);
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static int port(RouteFile.Loaded loaded) {
        return loaded.routes().listeners().getFirst().ports().getFirst().first();
    }
}
