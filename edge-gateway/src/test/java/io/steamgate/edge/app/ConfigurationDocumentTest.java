package io.steamgate.edge.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.WithDefault;
import io.steamgate.start.KeysDocument;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** docs/configuration.md has every key of {@link EdgeConfig} with its default, and no other. */
class ConfigurationDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");

    /** Optional to the mapping, so that the edge itself can say in one line what is missing. */
    private static final Set<String> REFUSED_WITHOUT = Set.of("steamgate.edge.vips", "steamgate.edge.routes");

    @Test
    void every_key_is_documented_and_no_other() throws IOException {
        assertThat(documented().keySet()).containsExactlyInAnyOrderElementsOf(keys().keySet());
    }

    @Test
    void the_documented_default_is_the_real_one() throws IOException {
        Map<String, String> documented = documented();
        keys().forEach((key, method) -> {
            WithDefault real = method.getAnnotation(WithDefault.class);
            String said = documented.getOrDefault(key, "");
            if (real != null) {
                assertThat(said).as(key).isEqualTo("`" + real.value() + "`");
            } else if (Optional.class.equals(method.getReturnType()) && !REFUSED_WITHOUT.contains(key)) {
                assertThat(said).as(key).isNotEqualTo("required");
            } else {
                assertThat(said).as(key).isEqualTo("required");
            }
        });
    }

    private static Map<String, String> documented() throws IOException {
        return KeysDocument.rows(Files.readString(DOCUMENT), "steamgate.edge");
    }

    private static Map<String, Method> keys() {
        return KeysDocument.keys(EdgeConfig.class, "steamgate.edge");
    }
}
