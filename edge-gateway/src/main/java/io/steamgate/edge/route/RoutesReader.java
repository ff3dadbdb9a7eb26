package io.steamgate.edge.route;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads the routes file, described in {@code docs/routes.md}. A file with any error is refused whole; all errors are told
 * with line and column. YAML is taken as a tree of texts: nothing is guessed to be a number or a date.
 */
public final class RoutesReader {
    /** A larger file is refused unread. */
    public static final int MAX_CHARACTERS = 4 * 1024 * 1024;

    /**
     * @param routes what the file says
     * @param warnings what is probably not meant, as a rule that can never match
     */
    public record Result(Routes routes, List<Problem> warnings) {}

    private final RoutesContext context;

    public RoutesReader(RoutesContext context) {
        this.context = context;
    }

    /**
     * @param text the whole file
     * @param source its name, for messages
     * @throws RoutesException when there is any error
     */
    public Result read(String text, String source) {
        Problems problems = new Problems();
        Routes routes = compose(text, problems)
                .flatMap(root -> Section.of(root, "the file", RouteKeys.FILE, problems))
                .map(this::routes)
                .orElse(Routes.EMPTY);
        if (!problems.errors().isEmpty()) {
            throw new RoutesException(source, problems.errors());
        }
        return new Result(routes, problems.warnings());
    }

    private static Optional<Node> compose(String text, Problems problems) {
        if (text.length() > MAX_CHARACTERS) {
            problems.error(0, 0, "the file is larger than " + MAX_CHARACTERS + " characters");
            return Optional.empty();
        }
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CHARACTERS);
        options.setMaxAliasesForCollections(1000);
        try {
            StreamReader reader = new StreamReader(new StringReader(text));
            Node root = new Composer(new ParserImpl(reader, options), new Resolver(), options).getSingleNode();
            if (root == null) {
                problems.error(0, 0, "the file is empty: it needs 'listeners' and 'services'");
            }
            return Optional.ofNullable(root);
        } catch (MarkedYAMLException e) {
            if (e.getProblemMark() == null) {
                problems.error(0, 0, oneLine(String.valueOf(e.getProblem())));
            } else {
                problems.error(e.getProblemMark(), "not YAML: " + oneLine(String.valueOf(e.getProblem())));
            }
        } catch (ReaderException e) {
            notPrintable(text, problems);
        } catch (YAMLException e) {
            problems.error(0, 0, "not YAML: " + oneLine(String.valueOf(e.getMessage())));
        }
        return Optional.empty();
    }

    /** Found again here: the exception counts from the start of the reader's buffer. */
    private static void notPrintable(String text, Problems problems) {
        int line = 1;
        int column = 1;
        int character = 0;
        for (int at = 0; at < text.length(); at += Character.charCount(character)) {
            character = text.codePointAt(at);
            if (!StreamReader.isPrintable(character)) {
                break;
            }
            line += character == '\n' ? 1 : 0;
            column = character == '\n' ? 1 : column + 1;
        }
        problems.error(line, column, "the character U+%04X is not allowed".formatted(character));
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    private Routes routes(Section file) {
        ServiceReader serviceReader = new ServiceReader(context, file.problems());
        Map<String, Node> places = new LinkedHashMap<>();
        Map<String, Service> services = new LinkedHashMap<>();
        file.require("services").ifPresent(node -> {
            if (!(node instanceof MappingNode mapping)) {
                file.problems().error(node, "'services' takes a name for each service: 'site-a:' and its keys below");
                return;
            }
            for (NodeTuple tuple : mapping.getValue()) {
                serviceName(tuple.getKeyNode(), file.problems()).ifPresent(name -> {
                    if (places.putIfAbsent(name, tuple.getKeyNode()) != null) {
                        file.problems().error(tuple.getKeyNode(), "the service '" + name + "' is already there");
                    }
                    services.put(name, serviceReader.read(name, tuple.getValueNode()));
                });
            }
        });
        file.require("listeners");
        ListenerReader listenerReader = new ListenerReader(context, services, file.problems());
        Map<Node, Listener> listeners = new LinkedHashMap<>();
        for (Node node : file.list("listeners")) {
            listenerReader.read(node).ifPresent(listener -> listeners.put(node, listener));
        }
        checkOverlap(listeners, file.problems());
        checkTaken(listeners, file.problems());
        warnUnused(listeners, places, file.problems());
        return new Routes(new ArrayList<>(listeners.values()), services);
    }

    private static Optional<String> serviceName(Node key, Problems problems) {
        String text = key instanceof ScalarNode scalar ? scalar.getValue() : "";
        try {
            return Optional.of(Scalars.name(text));
        } catch (IllegalArgumentException e) {
            problems.error(key, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static void checkOverlap(Map<Node, Listener> listeners, Problems problems) {
        List<Listener> earlier = new ArrayList<>();
        listeners.forEach((node, listener) -> {
            for (Listener other : earlier) {
                if (other.name().equals(listener.name())) {
                    problems.error(node, "the listener '" + listener.name() + "' is already there");
                }
                if (other.overlaps(listener)) {
                    problems.error(
                            node,
                            "the listeners '" + other.name() + "' and '" + listener.name()
                                    + "' want the same port of the same address");
                }
            }
            earlier.add(listener);
        });
    }

    private void checkTaken(Map<Node, Listener> listeners, Problems problems) {
        listeners.forEach((node, listener) -> new TreeMap<>(context.taken()).forEach((port, user) -> {
            if (listener.ports().stream().anyMatch(range -> range.contains(port))) {
                problems.error(
                        node, "the listener '" + listener.name() + "' wants port " + port + ", which " + user + " has");
            }
        }));
    }

    private static void warnUnused(Map<Node, Listener> listeners, Map<String, Node> services, Problems problems) {
        List<String> used = listeners.values().stream()
                .flatMap(l -> Routes.reachable(l).stream())
                .toList();
        services.forEach((name, node) -> {
            if (!used.contains(name)) {
                problems.warning(node, "no listener leads to the service '" + name + "'");
            }
        });
    }
}
