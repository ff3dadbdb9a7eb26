package io.steamgate.session;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.config.DecoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(SiteFixture.class)
class SitesTest {
    private static final String MODIFIED = "Fri, 02 Jan 2026 03:04:05 GMT";

    private static RequestSpecification site(String host) {
        // Without decoders, so that no coding is accepted that a test does not name.
        return given().config(RestAssuredConfig.config()
                        .decoderConfig(DecoderConfig.decoderConfig().noContentDecoders()))
                .urlEncodingEnabled(false)
                .redirects()
                .follow(false)
                .header("Host", host);
    }

    private static RequestSpecification a() {
        return site("a.test");
    }

    @Test
    void theHostDecidesWhichDirectoryIsServed() {
        a().get("/").then().statusCode(200).body(equalTo("<h1>a</h1>\n"));
        site("B.TEST:80").get("/").then().statusCode(200).body(equalTo("<h1>b</h1>\n"));
    }

    @Test
    void aHostThatIsNotServedIsMisdirected() {
        site("c.test").get("/").then().statusCode(421);
        site("a.test.evil").get("/").then().statusCode(421);
    }

    @Test
    void aSiteThatAppearsIsServedWithoutRestart() throws IOException {
        Path site = SiteFixture.sites().resolve("new.test");
        site("new.test").get("/").then().statusCode(421);
        Files.createDirectory(site);
        Files.writeString(site.resolve("index.html"), "new\n");
        site("new.test").get("/").then().statusCode(200).body(equalTo("new\n"));
    }

    @Test
    void nothingOfABodyIsLostWhileItsSiteIsLookedFor() throws IOException {
        Files.createDirectory(SiteFixture.sites().resolve("newer.test"));
        site("newer.test").body("hello").post("/echo").then().statusCode(200).body("length", equalTo(5));
    }

    @Test
    void aFileHasItsTypeAndValidators() {
        a().get("/docs/page.txt")
                .then()
                .statusCode(200)
                .contentType("text/plain; charset=utf-8")
                .header("Last-Modified", MODIFIED)
                .header("Accept-Ranges", "bytes")
                .header("Content-Length", "10")
                .header("ETag", matchesPattern("\"[0-9a-f-]+\""))
                .header("Date", matchesPattern("\\w{3}, .* GMT"))
                .body(equalTo("0123456789"));
        a().get("/large.bin").then().contentType("application/octet-stream");
    }

    @Test
    void headSaysWhatGetWouldSay() {
        Response get = a().get("/large.bin");
        Response head = a().head("/large.bin");
        assertThat(head.asByteArray()).isEmpty();
        assertThat(head.header("Content-Length")).isEqualTo("300000").isEqualTo(get.header("Content-Length"));
        assertThat(head.header("ETag")).isEqualTo(get.header("ETag"));
        assertThat(a().head("/missing").asByteArray()).isEmpty();
    }

    @Test
    void largeAndEmptyFilesArriveWhole() {
        assertThat(a().get("/large.bin").asByteArray()).isEqualTo(SiteFixture.LARGE);
        a().get("/empty.txt")
                .then()
                .statusCode(200)
                .header("Content-Length", "0")
                .body(equalTo(""));
    }

    @Test
    void aKnownRepresentationIsNotSentAgain() {
        for (String path : List.of("/docs/page.txt", "/large.bin")) {
            String etag = a().get(path).header("ETag");
            a().header("If-None-Match", "\"x\", W/" + etag)
                    .get(path)
                    .then()
                    .statusCode(304)
                    .header("ETag", etag)
                    .header("Content-Length", nullValue())
                    .body(equalTo(""));
            a().header("If-None-Match", "\"x\"").get(path).then().statusCode(200);
            a().header("If-Match", "\"x\"").get(path).then().statusCode(412);
            a().header("If-Match", etag).get(path).then().statusCode(200);
        }
        a().header("If-Modified-Since", MODIFIED).get("/docs/page.txt").then().statusCode(304);
        a().header("If-Unmodified-Since", "Fri, 02 Jan 2026 03:04:04 GMT")
                .get("/docs/page.txt")
                .then()
                .statusCode(412);
    }

    @Test
    void aChangeChangesTheEntityTagEvenWithinASecond() throws IOException {
        Path file = SiteFixture.sites().resolve("a.test/changing.txt");
        FileTime second = FileTime.from(Instant.parse("2026-01-02T03:04:05Z"));
        Files.writeString(file, "one");
        Files.setLastModifiedTime(file, second);
        Response one = a().get("/changing.txt");
        Files.writeString(file, "two");
        Files.setLastModifiedTime(file, FileTime.from(second.toInstant().plusNanos(1_000_000)));
        Response two = a().get("/changing.txt");
        assertThat(two.asString()).isEqualTo("two");
        assertThat(two.header("ETag")).isNotEqualTo(one.header("ETag"));
        assertThat(two.header("Last-Modified")).isEqualTo(one.header("Last-Modified"));
    }

    @Test
    void aRangeIsAPartOfTheWhole() {
        Response part = a().header("Range", "bytes=1000-250999").get("/large.bin");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.header("Content-Range")).isEqualTo("bytes 1000-250999/300000");
        assertThat(part.asByteArray()).isEqualTo(Arrays.copyOfRange(SiteFixture.LARGE, 1000, 251_000));
        a().header("Range", "bytes=-3")
                .get("/docs/page.txt")
                .then()
                .statusCode(206)
                .body(equalTo("789"));
    }

    @Test
    void severalRangesAreParts() {
        Response response = a().header("Range", "bytes=0-1, 8-").get("/docs/page.txt");
        assertThat(response.statusCode()).isEqualTo(206);
        String type = response.contentType();
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String boundary = type.substring(type.indexOf('=') + 1);
        String head = "content-type: text/plain; charset=utf-8\r\ncontent-range: bytes ";
        assertThat(response.asString())
                .isEqualTo("--" + boundary + "\r\n" + head + "0-1/10\r\n\r\n01\r\n--" + boundary + "\r\n" + head
                        + "8-9/10\r\n\r\n89\r\n--" + boundary + "--\r\n");
        assertThat(response.header("Content-Length")).isEqualTo(Integer.toString(response.asByteArray().length));
    }

    @Test
    void aRangeBeyondTheEndIsNotSatisfiable() {
        a().header("Range", "bytes=10-")
                .get("/docs/page.txt")
                .then()
                .statusCode(416)
                .header("Content-Range", "bytes */10");
    }

    @Test
    void ifRangeAsksForTheWholeOfWhatChanged() {
        String etag = a().get("/docs/page.txt").header("ETag");
        a().header("Range", "bytes=0-1")
                .header("If-Range", etag)
                .get("/docs/page.txt")
                .then()
                .statusCode(206);
        a().header("Range", "bytes=0-1")
                .header("If-Range", MODIFIED)
                .get("/docs/page.txt")
                .then()
                .statusCode(206);
        a().header("Range", "bytes=0-1")
                .header("If-Range", "\"old\"")
                .get("/docs/page.txt")
                .then()
                .statusCode(200);
        a().header("Range", "bytes=0-1").head("/docs/page.txt").then().statusCode(200);
    }

    @Test
    void aDirectoryIsItsIndexBehindItsSlash() {
        a().get("/docs/")
                .then()
                .statusCode(200)
                .contentType(startsWith("text/html"))
                .body(equalTo("docs\n"));
        a().get("/docs").then().statusCode(301).header("Location", "/docs/");
        a().get("/docs?x=%20y").then().statusCode(301).header("Location", "/docs/?x=%20y");
        a().get("/empty/").then().statusCode(404);
        a().get("/docs/page.txt/").then().statusCode(404);
        a().get("/docs/page.txt/x").then().statusCode(404);
    }

    @Test
    void namesAreDecoded() {
        a().get("/with%20space/%C3%A9.html?query#fragment")
                .then()
                .statusCode(200)
                .body(equalTo("é\n"));
    }

    @Test
    void hiddenFilesAndOtherDirectoriesAreOutOfReach() {
        for (String path : List.of(
                "/.secret",
                "/%2esecret",
                "/empty/.keep",
                "/escape.txt",
                "/up/outside.txt",
                "/up/sites/b.test/index.html",
                "/..%2f..%2foutside.txt",
                "/docs/%2e%2e/%2e%2e/b.test/index.html",
                "/..%5c..%5coutside.txt",
                "//etc/passwd",
                "/docs/page.txt%00.html")) {
            assertThat(a().get(path).statusCode()).as(path).isIn(400, 404);
        }
        a().get("/.well-known/security.txt").then().statusCode(200);
        a().get("/inside.txt").then().statusCode(200).body(equalTo("0123456789"));
    }

    @Test
    void compressedVariantsGoToThoseWhoAcceptThem() {
        Response br = a().header("Accept-Encoding", "gzip, br").get("/app.js");
        assertThat(br.header("Content-Encoding")).isEqualTo("br");
        assertThat(br.contentType()).isEqualTo("text/javascript; charset=utf-8");
        assertThat(br.header("Vary")).isEqualTo("accept-encoding");
        assertThat(br.asString()).isEqualTo("brotli");
        Response none = a().header("Accept-Encoding", "identity").get("/app.js");
        assertThat(none.header("Content-Encoding")).isNull();
        assertThat(none.header("Vary")).isEqualTo("accept-encoding");
        assertThat(none.asString()).isEqualTo("console.log(1)\n");
        assertThat(none.header("ETag")).isNotEqualTo(br.header("ETag"));
        a().header("Accept-Encoding", "gzip").get("/docs/page.txt").then().header("Vary", nullValue());
    }

    @Test
    void otherMethodsAreNotAllowed() {
        a().delete("/").then().statusCode(405).header("Allow", "GET, HEAD, OPTIONS");
        a().body("x").post("/index.html").then().statusCode(405);
        a().body("x").put("/new.html").then().statusCode(405);
        a().options("/").then().statusCode(204).header("Allow", "GET, HEAD, OPTIONS");
    }

    @Test
    void whoamiNamesTheNodeAndTheClient() {
        a().get("/shared/whoami")
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body("host", equalTo("site-a"))
                .body("clientAddress", equalTo("127.0.0.1"))
                .body("clientPort", not(equalTo(0)))
                .body("path", equalTo("/shared/whoami"));
    }

    @Test
    void echoDigestsTheBody() {
        a().body("hello")
                .post("/echo")
                .then()
                .statusCode(200)
                .body("host", equalTo("site-a"))
                .body("length", equalTo(5))
                .body("sha256", equalTo("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
    }

    @Test
    void bigIsReproducibleFromAnyOffset() {
        byte[] whole = a().get("/any/big/9").asByteArray();
        assertThat(whole).hasSize(9 << 20);
        byte[] part = a().header("Range", "bytes=4194000-4195000").get("/big/9").asByteArray();
        assertThat(part).isEqualTo(Arrays.copyOfRange(whole, 4_194_000, 4_195_001));
        a().head("/big/2000").then().statusCode(200).header("Content-Length", "2097152000");
    }
}
