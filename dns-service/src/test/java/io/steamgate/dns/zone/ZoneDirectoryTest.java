package io.steamgate.dns.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.dns.wire.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZoneDirectoryTest {
    @TempDir
    Path directory;

    private final Zones zones = new Zones();
    private long written;

    private void write(String origin, long serial, String more) throws IOException {
        Path file = directory.resolve(origin + ".zone");
        Files.writeString(file, "@ 60 SOA ns host " + serial + " 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n" + more);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + 1000 * ++written));
    }

    private long serial(String origin) {
        return zones.find(Names.parse(origin)).map(Zone::serial).orElse(-1L);
    }

    @Test
    void a_changed_file_with_a_newer_serial_is_served_and_one_without_is_not() throws IOException {
        write("a.test", 5, "");
        write("b.test", 1, "");
        ZoneDirectory watched = new ZoneDirectory(directory, zones, origin -> false);
        watched.load();
        write("a.test", 6, "x 60 A 192.0.2.2\n");
        watched.check();
        assertThat(serial("a.test")).isEqualTo(6);
        write("a.test", 6, "");
        watched.check();
        assertThat(watched.refused()).isEqualTo(1);
        assertThat(zones.find(Names.parse("a.test")).orElseThrow().records()).hasSize(4);
        write("a.test", 7, "");
        watched.check();
        assertThat(watched.refused()).isZero();
        assertThat(serial("b.test")).isEqualTo(1);
    }

    @Test
    void a_broken_file_leaves_what_is_served_and_stops_a_start() throws IOException {
        write("a.test", 5, "");
        ZoneDirectory watched = new ZoneDirectory(directory, zones, origin -> false);
        watched.load();
        write("a.test", 6, "x 60 A 192.0.2\n");
        watched.check();
        assertThat(serial("a.test")).isEqualTo(5);
        assertThat(watched.refused()).isEqualTo(1);
        assertThatThrownBy(() -> new ZoneDirectory(directory, new Zones(), origin -> false).load())
                .isInstanceOf(ZoneException.class)
                .hasMessageContaining("a.test.zone");
    }

    @Test
    void files_that_come_are_served_and_files_that_go_are_not() throws IOException {
        ZoneDirectory watched = new ZoneDirectory(directory, zones, origin -> false);
        watched.load();
        write("a.test", 5, "");
        watched.check();
        assertThat(serial("a.test")).isEqualTo(5);
        Files.delete(directory.resolve("a.test.zone"));
        watched.check();
        assertThat(serial("a.test")).isEqualTo(-1);
    }

    @Test
    void serials_wrap_around() {
        assertThat(ZoneDirectory.isNewer(0, 0xFFFFFFFFL)).isTrue();
        assertThat(ZoneDirectory.isNewer(0xFFFFFFFFL, 0)).isFalse();
        assertThat(ZoneDirectory.isNewer(5, 5)).isFalse();
    }
}
