package io.steamgate.start;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.WithDefault;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** A document with a table of settings, and the config mapping that they are of. For the tests of every module. */
public final class KeysDocument {
    private KeysDocument() {}

    /** The document has every key of the mapping, and no other below the prefix, with its default. */
    public static void assertTells(String document, String prefix, Class<?> mapping) {
        Map<String, String> rows = rows(document, prefix);
        Map<String, Method> keys = keys(mapping, prefix);
        assertThat(rows.keySet()).isEqualTo(keys.keySet());
        keys.forEach((key, method) -> {
            WithDefault value = method.getAnnotation(WithDefault.class);
            if (value != null) {
                assertThat(rows.get(key)).as(key).isEqualTo("`" + value.value() + "`");
            }
        });
    }

    /** The second column of each row, by the key in its first; what it calls the keys of a map is {@code NAME} here. */
    public static Map<String, String> rows(String document, String prefix) {
        Map<String, String> rows = new TreeMap<>();
        Pattern.compile("(?m)^\\| `(" + Pattern.quote(prefix) + "\\.[^`]+)` \\| ([^|]*) \\|")
                .matcher(document)
                .results()
                .forEach(row -> assertThat(rows.put(row.group(1).replaceAll("\\.[A-Z]+", ".NAME"), row.group(2)))
                        .as("%s is documented once", row.group(1))
                        .isNull());
        return rows;
    }

    /** What is read, by its key; {@code NAME} stands for the keys of a map. */
    public static Map<String, Method> keys(Class<?> mapping, String prefix) {
        Map<String, Method> keys = new TreeMap<>();
        for (Method method : mapping.getDeclaredMethods()) {
            String key =
                    prefix + "." + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            boolean isMap = method.getReturnType() == Map.class;
            Optional<Class<?>> group = Optional.<Type>of(isMap ? valueOf(method) : method.getReturnType())
                    .filter(type -> type instanceof Class<?> found && isGroup(found))
                    .map(type -> (Class<?>) type);
            String name = isMap ? key + ".NAME" : key;
            group.ifPresentOrElse(found -> keys.putAll(keys(found, name)), () -> keys.put(name, method));
        }
        return keys;
    }

    private static Type valueOf(Method map) {
        return Arrays.asList(((ParameterizedType) map.getGenericReturnType()).getActualTypeArguments())
                .getLast();
    }

    /** Groups stand within the mapping that they are of. */
    private static boolean isGroup(Class<?> type) {
        return type.isInterface() && type.getEnclosingClass() != null;
    }
}
