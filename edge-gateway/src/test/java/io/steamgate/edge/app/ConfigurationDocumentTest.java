package io.steamgate.edge.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/configuration.md has every key of {@link EdgeConfig} with its default, and no other. */
class ConfigurationDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(steamgate\\.edge\\.[^`]+)` \\| ([^|]*) \\|");

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
        return ROW.matcher(Files.readString(DOCUMENT))
                .results()
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));
    }

    private static Map<String, Method> keys() {
        Map<String, Method> keys = new HashMap<>();
        collect(EdgeConfig.class, "steamgate.edge.", keys);
        return new TreeMap<>(keys);
    }

    private static void collect(Class<?> mapping, String prefix, Map<String, Method> keys) {
        for (Method method : mapping.getMethods()) {
            String key = prefix + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            nested(method).ifPresentOrElse(type -> collect(type, key + ".NAME.", keys), () -> keys.put(key, method));
        }
    }

    /** The mapping that the values of a map are of. */
    private static Optional<Class<?>> nested(Method method) {
        if (!Map.class.equals(method.getReturnType())) {
            return Optional.empty();
        }
        Type[] types = ((ParameterizedType) method.getGenericReturnType()).getActualTypeArguments();
        return Arrays.stream(types)
                .map(Objects::requireNonNull)
                .filter(type -> type instanceof Class<?> found && found.isInterface())
                .<Class<?>>map(type -> (Class<?>) type)
                .findFirst();
    }
}
