package io.steamgate.edge.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * One mapping of the file with a closed set of keys. Every access notes what is wrong at the place where it stands and
 * goes on with the default, so that one reading finds all errors.
 */
final class Section {
    private final Map<String, Node> values = new HashMap<>();
    private final Node node;
    private final String what;
    private final Problems problems;

    private Section(Node node, String what, Problems problems) {
        this.node = node;
        this.what = what;
        this.problems = problems;
    }

    /**
     * @param what as in "a rule", for messages
     * @param keys all that may stand here
     * @return empty, and an error noted, when {@code node} is not a mapping
     */
    static Optional<Section> of(Node node, String what, List<String> keys, Problems problems) {
        if (!(node instanceof MappingNode mapping)) {
            problems.error(node, what + " is written as 'key: value' lines");
            return Optional.empty();
        }
        Section section = new Section(node, what, problems);
        for (NodeTuple tuple : mapping.getValue()) {
            Node key = tuple.getKeyNode();
            String name = key instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (!keys.contains(name)) {
                problems.error(key, "unknown key '" + name + "' in " + what + Suggestion.of(name, keys));
            } else if (section.values.putIfAbsent(name, tuple.getValueNode()) != null) {
                problems.error(key, "'" + name + "' stands twice in " + what);
            }
        }
        return Optional.of(section);
    }

    Node node() {
        return node;
    }

    Problems problems() {
        return problems;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    Optional<Node> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** Where {@code key} has its value, or the section begins when it has none. */
    Node at(String key) {
        return values.getOrDefault(key, node);
    }

    Optional<Node> require(String key) {
        if (!has(key)) {
            problems.error(node, what + " needs '" + key + "'");
        }
        return get(key);
    }

    Optional<String> text(String key) {
        return get(key).flatMap(value -> text(value, "'" + key + "'"));
    }

    Optional<String> requiredText(String key) {
        return require(key).flatMap(value -> text(value, "'" + key + "'"));
    }

    private Optional<String> text(Node value, String name) {
        if (!(value instanceof ScalarNode scalar)) {
            problems.error(value, name + " takes one value");
            return Optional.empty();
        }
        if (scalar.getValue().isEmpty() && scalar.isPlain()) {
            problems.error(value, name + " has no value: write one or leave the key out");
            return Optional.empty();
        }
        return Optional.of(scalar.getValue());
    }

    /** Reads {@code key} with {@code read}, whose {@link IllegalArgumentException} becomes an error at the value. */
    <T> Optional<T> value(String key, Function<String, T> read) {
        return get(key).flatMap(value -> value(value, "'" + key + "'", read));
    }

    <T> T value(String key, T otherwise, Function<String, T> read) {
        return value(key, read).orElse(otherwise);
    }

    private <T> Optional<T> value(Node value, String name, Function<String, T> read) {
        return text(value, name).flatMap(text -> {
            try {
                return Optional.of(read.apply(text));
            } catch (IllegalArgumentException e) {
                problems.error(value, name + ": " + e.getMessage());
                return Optional.empty();
            }
        });
    }

    /** Reads one value or a list of them; no key, no values. An empty list is an error: it would mean "nothing matches". */
    <T> List<T> values(String key, Function<String, T> read) {
        return new ArrayList<>(placed(key, read).values());
    }

    /** As {@link #values}, each with its place. */
    <T> Map<Node, T> placed(String key, Function<String, T> read) {
        Map<Node, T> found = new LinkedHashMap<>();
        if (get(key).orElse(null) instanceof SequenceNode list) {
            if (list.getValue().isEmpty()) {
                problems.error(list, "'" + key + "' is an empty list: leave the key out");
            }
            for (Node item : list.getValue()) {
                value(item, "'" + key + "'", read).ifPresent(v -> found.put(item, v));
            }
        } else {
            value(key, read).ifPresent(v -> found.put(at(key), v));
        }
        return found;
    }

    /** The nodes of the list under {@code key}. */
    List<Node> list(String key) {
        return get(key).map(value -> {
                    if (value instanceof SequenceNode list) {
                        return list.getValue();
                    }
                    problems.error(value, "'" + key + "' takes a list: lines that begin with '- '");
                    return List.<Node>of();
                })
                .orElse(List.of());
    }
}
