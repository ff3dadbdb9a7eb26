package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpfObjectTest {
    private static final Path BUILD = Path.of("..", "native", "bpf");
    private static final Map<String, Integer> MAPS = Map.of(
            "flows",
            11,
            "datagrams",
            12,
            "splices",
            13,
            "neighbors",
            14,
            "ends",
            15,
            "control",
            16,
            "doors",
            17,
            "claims",
            18,
            "cookies",
            19);

    @Test
    void references_to_maps_become_their_descriptors() {
        byte[] program = BpfObject.ofResource("splice.bpf.o").program("filter", MAPS);
        Set<Byte> found = new TreeSet<>();
        for (int at = 0; at < program.length; at += 8) {
            if (program[at] == 0x18 && (program[at + 1] & 0xF0) == 0x10) {
                found.add(program[at + 4]);
            }
        }
        assertThat(found).containsExactly((byte) 11, (byte) 12, (byte) 13, (byte) 14, (byte) 17, (byte) 18, (byte) 19);
    }

    @Test
    void a_map_that_nobody_gave_is_named() {
        assertThatThrownBy(() -> BpfObject.ofResource("splice.bpf.o").program("classifier", Map.of()))
                .hasMessageContaining("asks for a map");
    }

    /** Another version of the compiler makes other code of the same source: only the one that made the object can tell. */
    @Test
    void the_committed_object_is_what_its_source_compiles_to(@TempDir Path directory) throws Exception {
        assumeTrue(compilerVersion().contains("version 14."), "clang 14 is not here");
        Path built = directory.resolve("splice.bpf.o");
        Process build = new ProcessBuilder(BUILD.toString(), built.toString())
                .inheritIO()
                .start();
        assertThat(build.waitFor()).isZero();
        try (InputStream committed = BpfObject.class.getResourceAsStream("splice.bpf.o")) {
            assertThat(Files.readAllBytes(built)).isEqualTo(committed.readAllBytes());
        }
    }

    private static String compilerVersion() throws InterruptedException {
        try {
            Process version = new ProcessBuilder("clang", "--version").start();
            String said = new String(version.getInputStream().readAllBytes());
            version.waitFor();
            return said;
        } catch (IOException e) {
            return "";
        }
    }
}
