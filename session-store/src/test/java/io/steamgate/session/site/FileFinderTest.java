package io.steamgate.session.site;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.session.http.MemoryContent;
import io.steamgate.session.http.Representation;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFinderTest {
    @TempDir
    Path temporary;

    private Path site = Path.of("");

    @BeforeEach
    void makeSite() throws IOException {
        site = Files.createDirectory(temporary.resolve("a.test")).toRealPath();
    }

    @Test
    void aDirectoryIsListedOnlyIfAskedFor() throws IOException {
        Files.writeString(site.resolve("<b> & \"c\".txt"), "x");
        Files.createDirectory(site.resolve("sub"));
        Files.writeString(site.resolve(".hidden"), "x");
        assertThat(find(rules(false, false), true)).isInstanceOf(Found.Missing.class);
        assertThat(find(rules(true, false), true)).isInstanceOfSatisfying(Found.Listing.class, listing -> {
            String page = listing.page().toString();
            assertThat(page)
                    .contains("<a href=\"./%3Cb%3E%20%26%20%22c%22.txt\">&lt;b&gt; &amp; &quot;c&quot;.txt</a>")
                    .contains("<a href=\"./sub/\">sub/</a>")
                    .doesNotContain("hidden");
        });
    }

    @Test
    void linksOutOfTheSiteAreFollowedOnlyIfAllowed() throws IOException {
        Files.writeString(temporary.resolve("outside.txt"), "outside");
        Files.createSymbolicLink(site.resolve("link.txt"), Path.of("../outside.txt"));
        Files.createSymbolicLink(site.resolve("plain.txt.gz"), Path.of("../outside.txt"));
        Files.writeString(site.resolve("plain.txt"), "plain");
        assertThat(find(rules(false, false), false, "link.txt")).isInstanceOf(Found.Missing.class);
        assertThat(find(rules(false, true), false, "link.txt")).isInstanceOf(Found.File.class);
        AcceptedCodings gzip = AcceptedCodings.parse(List.of("gzip"));
        assertThat(text(new FileFinder(rules(false, false), InstantSource.system())
                        .find(site, names(false, "plain.txt"), gzip)))
                .isEqualTo("plain");
        assertThat(text(new FileFinder(rules(false, true), InstantSource.system())
                        .find(site, names(false, "plain.txt"), gzip)))
                .isEqualTo("outside");
    }

    @Test
    void whatIsNoFileIsNotOpened() throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("mkfifo", site.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(find(rules(false, false), false, "pipe")).isInstanceOf(Found.Missing.class);
    }

    @Test
    void namesThatNoFileSystemTakesAreMissing() throws IOException {
        Files.createSymbolicLink(site.resolve("loop"), Path.of("loop"));
        assertThat(find(rules(false, false), false, "x".repeat(300))).isInstanceOf(Found.Missing.class);
        assertThat(find(rules(false, false), false, "loop")).isInstanceOf(Found.Missing.class);
    }

    @Test
    void smallFilesAreReadAndLargeOnesOpened() throws IOException {
        Files.write(site.resolve("small"), new byte[1024]);
        Files.write(site.resolve("large"), new byte[1025]);
        assertThat(representation(find(rules(false, false), false, "small")).content())
                .isInstanceOf(MemoryContent.class);
        try (var large =
                representation(find(rules(false, false), false, "large")).content()) {
            assertThat(large).isInstanceOf(FileContent.class);
            assertThat(large.length()).isEqualTo(1025);
        }
    }

    @Test
    void aChangeChangesTheEntityTagEvenIfSizeAndTimeOfModificationStay() throws IOException {
        Path file = Files.writeString(site.resolve("file"), "one");
        FileTime modified = Files.getLastModifiedTime(file);
        String before = representation(find(rules(false, false), false, "file")).etag();
        do {
            Files.writeString(file, "two");
            Files.setLastModifiedTime(file, modified);
        } while (Files.getAttribute(file, "unix:ctime").equals(modified));
        assertThat(representation(find(rules(false, false), false, "file")).etag())
                .isNotEqualTo(before);
    }

    /** What comes next may be stamped with the same tick of the kernel's clock. */
    @Test
    void theEntityTagOfAFileThatChangedJustNowIsWeak() throws IOException {
        Path file = Files.writeString(site.resolve("file"), "one");
        Instant changed =
                FileTime.class.cast(Files.getAttribute(file, "unix:ctime")).toInstant();
        String fresh = etag(changed.plusMillis(19), "file");
        String settled = etag(changed.plusMillis(21), "file");
        assertThat(fresh).isEqualTo("W/" + settled);
        assertThat(settled).startsWith("\"");
    }

    private String etag(Instant now, String name) throws IOException {
        return representation(new FileFinder(rules(false, false), () -> now)
                        .find(site, names(false, name), AcceptedCodings.NONE))
                .etag();
    }

    @Test
    void aListThatIsCutSaysSo() throws IOException {
        for (int i = 0; i < 1003; i++) {
            Files.createFile(site.resolve("%04d.txt".formatted(i)));
        }
        assertThat(find(rules(true, false), true))
                .isInstanceOfSatisfying(
                        Found.Listing.class,
                        listing -> assertThat(listing.page().toString())
                                .contains(">0000.txt<", ">0999.txt<", "<li>3 more\n")
                                .doesNotContain("1000.txt"));
    }

    private Found find(FileFinder.FileRules rules, boolean directory, String... names) throws IOException {
        return new FileFinder(rules, InstantSource.system()).find(site, names(directory, names), AcceptedCodings.NONE);
    }

    private static SitePath.Names names(boolean directory, String... names) {
        return new SitePath.Names(List.of(names), directory);
    }

    private static FileFinder.FileRules rules(boolean listing, boolean outsideLinks) {
        return new FileFinder.FileRules(List.of("index.html"), listing, outsideLinks, true, 1024, Map.of());
    }

    private static Representation representation(Found found) {
        return ((Found.File) found).representation();
    }

    private static String text(Found found) {
        return Buffer.buffer(((MemoryContent) representation(found).content()).bytes())
                .toString();
    }
}
