package io.steamgate.edge.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What docs/routes.md says is true, and an editor with docs/routes.schema.json says the same. */
class RoutesDocumentTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");
    private static final Pattern REFUSED =
            Pattern.compile("(?ms)^```yaml refused\\n(.*?)^```\\n\\n```text\\n(.*?)^```$");
    private static final Pattern TABLE_KEY = Pattern.compile("(?m)^\\| `([a-z-]+)` \\|");

    @Test
    void every_key_is_documented_in_its_section_and_no_other() throws IOException {
        Map<String, String> sections = Pattern.compile("(?m)^## ")
                .splitAsStream(Files.readString(DOCS.resolve("routes.md")))
                .collect(Collectors.toMap(text -> text.lines().findFirst().orElse(""), text -> text));

        RouteKeys.BY_SECTION.forEach((title, keys) -> assertThat(TABLE_KEY
                        .matcher(sections.getOrDefault(title, ""))
                        .results()
                        .map(match -> match.group(1)))
                .as(title)
                .containsExactlyElementsOf(keys));
    }

    static Stream<String> examples() throws IOException {
        return EXAMPLE.matcher(Files.readString(DOCS.resolve("routes.md")))
                .results()
                .map(match -> match.group(1));
    }

    static Stream<MatchResult> refused() throws IOException {
        return REFUSED.matcher(Files.readString(DOCS.resolve("routes.md"))).results();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void each_example_is_read_without_a_warning(String example) {
        assertThat(new RoutesReader(RoutesContext.UNKNOWN)
                        .read(example, "example")
                        .warnings())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void each_refused_example_gets_the_errors_that_are_shown(MatchResult example) {
        RoutesException error = Objects.requireNonNull(catchThrowableOfType(
                RoutesException.class,
                () -> new RoutesReader(RoutesContext.UNKNOWN).read(example.group(1), "example")));

        assertThat(error.problems())
                .extracting(Problem::toString)
                .containsExactlyElementsOf(example.group(2).lines().toList());
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "Listener, listener",
        "Rule, rule",
        "Service, service",
        "Health, health",
        "TCP options, tcpOptions",
        "Endpoint, endpoint"
    })
    void the_schema_knows_the_same_keys(String section, String definition) {
        Map<?, ?> schema = map(map(schema().get("$defs")).get(definition));
        Object properties = schema.containsKey("anyOf") && !schema.containsKey("properties")
                ? map(list(schema.get("anyOf")).getLast()).get("properties")
                : schema.get("properties");

        assertThat(map(properties).keySet().stream().map(Object::toString))
                .containsExactlyElementsOf(RouteKeys.BY_SECTION.getOrDefault(section, List.of()));
    }

    @Test
    void the_schema_knows_the_same_words() {
        assertThat(definition("listener", "protocol")).isEqualTo(Protocol.words());
        assertThat(definition("service", "address-mode")).isEqualTo(AddressMode.words());
        assertThat(definition("service", "balance")).isEqualTo(Balance.words());
    }

    @ParameterizedTest
    @MethodSource("examples")
    void the_schema_accepts_each_example(String example) {
        assertThat(violations(schema(), yaml(example), "")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void the_schema_refuses_what_is_refused(MatchResult example) {
        assertThat(violations(schema(), yaml(example.group(1)), "")).isNotEmpty();
    }

    private static List<?> definition(String definition, String property) {
        return list(map(map(map(map(schema().get("$defs")).get(definition)).get("properties"))
                        .get(property))
                .get("enum"));
    }

    /** As much of a JSON schema validator as the schema uses; a keyword that it does not know fails the test. */
    private static TreeSet<String> violations(Map<?, ?> schema, @Nullable Object value, String at) {
        TreeSet<String> found = new TreeSet<>();
        schema.forEach((keyword, rule) -> {
            boolean holds = switch (keyword.toString()) {
                case "$schema", "$defs", "title", "description", "default" -> true;
                case "$ref" -> {
                    String name = rule.toString().substring("#/$defs/".length());
                    found.addAll(violations(map(map(schema().get("$defs")).get(name)), value, at));
                    yield true;
                }
                case "type" ->
                    switch (rule.toString()) {
                        case "object" -> value instanceof Map;
                        case "array" -> value instanceof List;
                        case "string" -> value instanceof String;
                        case "integer" -> value instanceof Integer;
                        case "boolean" -> value instanceof Boolean;
                        default -> throw new AssertionError(rule);
                    };
                case "enum" -> list(rule).contains(value);
                case "anyOf" ->
                    list(rule).stream()
                            .anyMatch(one -> violations(map(one), value, at).isEmpty());
                case "required" ->
                    !(value instanceof Map<?, ?> map) || map.keySet().containsAll(list(rule));
                case "pattern" ->
                    !(value instanceof String text)
                            || Pattern.compile(rule.toString()).matcher(text).find();
                case "minLength" -> !(value instanceof String text) || text.length() >= number(rule);
                case "minItems" -> !(value instanceof List<?> items) || items.size() >= number(rule);
                case "minimum" -> !(value instanceof Integer n) || n >= number(rule);
                case "maximum" -> !(value instanceof Integer n) || n <= number(rule);
                case "items" -> {
                    if (value instanceof List<?> items) {
                        items.forEach(item -> found.addAll(violations(map(rule), item, at + "[]")));
                    }
                    yield true;
                }
                case "properties", "additionalProperties" -> {
                    if (value instanceof Map<?, ?> entries) {
                        Map<?, ?> known = schema.containsKey("properties") ? map(schema.get("properties")) : Map.of();
                        entries.forEach((name, inner) -> {
                            Object own = known.get(name);
                            if (keyword.equals("properties") && own != null) {
                                found.addAll(violations(map(own), inner, at + "." + name));
                            } else if (keyword.equals("additionalProperties") && own == null) {
                                found.addAll(
                                        rule instanceof Map
                                                ? violations(map(rule), inner, at + "." + name)
                                                : new TreeSet<>(List.of(at + "." + name + " is unknown")));
                            }
                        });
                    }
                    yield true;
                }
                default -> throw new AssertionError("keyword " + keyword);
            };
            if (!holds) {
                found.add(at + " " + keyword + " " + rule + ": " + value);
            }
        });
        return found;
    }

    private static int number(Object rule) {
        return (Integer) rule;
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return (Map<?, ?>) Objects.requireNonNull(value);
    }

    private static List<?> list(@Nullable Object value) {
        return (List<?>) Objects.requireNonNull(value);
    }

    private static Map<?, ?> schema() {
        try {
            // JSON is YAML.
            return map(yaml(Files.readString(DOCS.resolve("routes.schema.json"))));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Object yaml(String text) {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    }
}
