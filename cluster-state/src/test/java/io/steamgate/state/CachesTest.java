package io.steamgate.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.start.KeysDocument;
import io.steamgate.state.call.Reason;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.store.CacheName;
import jakarta.enterprise.inject.Produces;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** One file defines the caches; what clients know of them and what operators read is held to it. */
class CachesTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "shared-state.md");

    private static Map<String, Element> defined() throws Exception {
        var document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(CachesTest.class.getClassLoader().getResourceAsStream("META-INF/steamgate/caches.xml"));
        Map<String, Element> caches = new TreeMap<>();
        for (String kind : List.of("replicated-cache", "distributed-cache")) {
            var elements = document.getElementsByTagName(kind);
            for (int i = 0; i < elements.getLength(); i++) {
                Element cache = (Element) elements.item(i);
                caches.put(cache.getAttribute("name"), cache);
            }
        }
        return caches;
    }

    private static List<Element> children(Element cache, String name) {
        List<Element> found = new ArrayList<>();
        var elements = cache.getElementsByTagName(name);
        for (int i = 0; i < elements.getLength(); i++) {
            found.add((Element) elements.item(i));
        }
        return found;
    }

    @Test
    void clients_and_servers_know_the_same_caches() throws Exception {
        assertThat(defined().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(CacheName.values()).map(CacheName::label).toList());
    }

    @Test
    void every_cache_says_how_it_is_encoded_bounded_and_split() throws Exception {
        defined().forEach((name, cache) -> {
            assertThat(children(cache, "encoding"))
                    .as(name)
                    .singleElement()
                    .satisfies(encoding ->
                            assertThat(encoding.getAttribute("media-type")).isEqualTo("application/x-protostream"));
            assertThat(children(cache, "memory")).as(name + " is bounded").hasSize(1);
            assertThat(children(cache, "partition-handling")).as(name).hasSize(1);
        });
    }

    @Test
    void no_server_waits_for_another_when_no_caller_waits_any_more() throws Exception {
        Duration most = ClientSettings.of(List.of("127.0.0.1:11222")).bulkBudget();
        defined().forEach((name, cache) -> {
            assertThat(Duration.ofMillis(Long.parseLong(cache.getAttribute("remote-timeout"))))
                    .as(name)
                    .isLessThanOrEqualTo(most);
            assertThat(children(cache, "locking"))
                    .as(name)
                    .singleElement()
                    .satisfies(locking -> assertThat(
                                    Duration.ofMillis(Long.parseLong(locking.getAttribute("acquire-timeout"))))
                            .isLessThanOrEqualTo(most));
        });
    }

    @Test
    void every_store_can_be_injected() {
        Set<Class<?>> beans = Arrays.stream(StateBeans.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Produces.class))
                .map(Method::getReturnType)
                .collect(Collectors.toSet());
        assertThat(stores()).isNotEmpty().allSatisfy(store -> assertThat(beans).contains(store));
    }

    /** What {@link ClusterState} has, that callers read and write. */
    private static List<Class<?>> stores() {
        return Arrays.stream(ClusterState.class.getMethods())
                .<Class<?>>map(Method::getReturnType)
                .filter(type -> type.getPackage() == CacheName.class.getPackage())
                .toList();
    }

    @Test
    void reading_keeps_nothing_alive() throws Exception {
        defined()
                .forEach((name, cache) -> assertThat(children(cache, "expiration"))
                        .as(name)
                        .allSatisfy(expiration ->
                                assertThat(expiration.hasAttribute("max-idle")).isFalse()));
        assertThat(children(Objects.requireNonNull(defined().get("nodes")), "expiration")
                        .getFirst()
                        .getAttribute("interval"))
                .isEqualTo("500");
    }

    @Test
    void operators_are_told_of_every_cache_where_it_is_and_what_becomes_of_it_in_a_split() throws Exception {
        String document = Files.readString(DOCUMENT);
        defined().forEach((name, cache) -> {
            String copies = cache.getTagName().equals("replicated-cache")
                    ? "every server"
                    : cache.getAttribute("owners").equals("1") ? "1 server" : cache.getAttribute("owners") + " servers";
            String where = children(cache, "persistence").isEmpty() ? "memory" : "disk";
            String split = children(cache, "partition-handling").getFirst().getAttribute("when-split");
            assertThat(document)
                    .containsPattern(Pattern.compile("(?m)^\\| `" + name + "` \\| " + copies + " \\| " + where + " \\| "
                            + (split.equals("ALLOW_READS") ? "read only" : "goes on") + " \\|"));
        });
    }

    @Test
    void readers_of_the_module_are_told_of_every_store() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        assertThat(stores()).allSatisfy(store -> assertThat(readme).contains("\n| `" + store.getSimpleName() + "` | "));
    }

    @Test
    void operators_are_told_what_is_kept_near_and_how_much_of_it() throws IOException {
        String row = Files.readString(DOCUMENT)
                .lines()
                .filter(line -> line.startsWith("| `steamgate.state.near-entries.CACHE` |"))
                .findFirst()
                .orElseThrow();
        assertThat(CacheName.values()).allSatisfy(cache -> {
            Pattern told = Pattern.compile("\\b" + cache.nearEntries() + " \\([^)]*`" + cache.label() + "`[^)]*\\)");
            assertThat(told.matcher(row).find()).as(cache.label()).isEqualTo(cache.nearEntries() > 0);
        });
    }

    @Test
    void callers_are_told_of_every_reason_why_there_is_no_answer() throws IOException {
        String document = Files.readString(DOCUMENT);
        assertThat(Reason.values())
                .allSatisfy(reason -> assertThat(document).contains("\n| `" + reason.label() + "` | "));
    }

    @Test
    void every_key_is_documented_with_its_default() throws IOException {
        KeysDocument.assertTells(Files.readString(DOCUMENT), "steamgate.state", StateConfig.class);
    }
}
