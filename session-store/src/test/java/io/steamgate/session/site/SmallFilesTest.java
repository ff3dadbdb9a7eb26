package io.steamgate.session.site;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.session.http.MemoryContent;
import io.steamgate.session.http.Representation;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SmallFilesTest {
    private static final long SECOND = 1_000_000_000L;

    private final SmallFiles files = new SmallFiles(10_000, Duration.ofSeconds(1));

    @Test
    void aFileIsBelievedForItsTimeOnly() {
        files.keep(key("/a"), representation(10), 5 * SECOND);
        assertThat(files.find(key("/a"), 6 * SECOND - 1)).isPresent();
        assertThat(files.find(key("/a"), 6 * SECOND)).isEmpty();
    }

    @Test
    void theLeastRecentlyUsedLeaveWhenMemoryIsFull() {
        files.keep(key("/a"), representation(3000), 0);
        files.keep(key("/b"), representation(3000), 0);
        assertThat(files.find(key("/a"), 1)).isPresent();
        files.keep(key("/c"), representation(3000), 0);
        assertThat(files.find(key("/b"), 1)).isEmpty();
        assertThat(files.find(key("/a"), 1)).isPresent();
        assertThat(files.find(key("/c"), 1)).isPresent();
    }

    @Test
    void readingAFileAgainDoesNotCountItTwice() {
        for (int i = 0; i < 100; i++) {
            files.keep(key("/a"), representation(3000), i);
        }
        files.keep(key("/b"), representation(3000), 100);
        assertThat(files.find(key("/a"), 100)).isPresent();
    }

    @Test
    void whatAClientAcceptsTellsVariantsApart() {
        files.keep(key("/a"), representation(10), 0);
        assertThat(files.find(new SmallFiles.Key("a.test", "/a", AcceptedCodings.parse(java.util.List.of("gzip"))), 1))
                .isEmpty();
    }

    private static SmallFiles.Key key(String path) {
        return new SmallFiles.Key("a.test", path, AcceptedCodings.NONE);
    }

    private static Representation representation(int size) {
        return Representation.of("\"1\"", Instant.EPOCH, "text/plain", Map.of(), new MemoryContent(new byte[size]));
    }
}
