package io.steamgate.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The lab of a test class, laid out by {@code ./steamgate lab up} before its first test and shared by the classes that
 * want the same options. What a test stops, replaces or changes is put back after it.
 */
final class Lab implements BeforeAllCallback, AfterEachCallback {
    static final String VIP = "192.0.2.10";

    /** Whether {@code ./steamgate test --full} asked for the long form of each test. */
    static final boolean FULL = Boolean.getBoolean("steamgate.full");

    /** Time for a command that answers at once on an idle machine. */
    static final Duration SHORT = Duration.ofSeconds(30);

    /** With a build of what is out of date; {@code ./steamgate test} has built everything before. */
    private static final Duration UP = Duration.ofMinutes(10);

    private static final Path ROOT =
            Path.of(System.getProperty("steamgate.root", "..")).toAbsolutePath().normalize();

    private final List<String> options;
    private final Set<String> stopped = new LinkedHashSet<>();
    private final List<Runnable> undo = new ArrayList<>();
    private String routes = "";

    private Lab(List<String> options) {
        this.options = options;
    }

    /** The edge and its sites, with the given options of {@code lab up}. */
    static Lab with(String... options) {
        return only("edge,site-a,site-b", options);
    }

    /** A lab in which only some of the services run, with the given options of {@code lab up}. */
    static Lab only(String services, String... options) {
        List<String> all = new ArrayList<>(List.of("--only", services));
        all.addAll(List.of(options));
        return new Lab(all);
    }

    /** Hosts and cables, and nothing that runs there. */
    static Lab bare() {
        return new Lab(List.of("--bare"));
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // Taken down once, when the last class of the run is through.
        context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL).computeIfAbsent(Lab.class, ignored ->
                (AutoCloseable) () -> steamgate(UP, List.of("lab", "down")));
        up();
        routes = isBare() ? "" : read(routesFile());
    }

    /** Lays it out, for a test that does so itself; does nothing where it is there already. */
    void up() {
        List<String> command = new ArrayList<>(List.of("lab", "up"));
        command.addAll(options);
        steamgate(UP, command).succeeded();
    }

    /** Nothing but hosts and cables: what runs there is the test's own. */
    private boolean isBare() {
        return options.contains("--bare");
    }

    @Override
    public void afterEach(ExtensionContext context) {
        undo.reversed().forEach(Runnable::run);
        undo.clear();
        List.copyOf(stopped).forEach(this::startService);
        if (!isBare() && !routes().equals(routes)) {
            takeRoutes(routes);
        }
    }

    /** Runs a command on a host and waits for its end. */
    Outcome on(String host, String... command) {
        return on(host, SHORT, command);
    }

    /** As {@link #on(String, String...)}, for commands that take long. */
    Outcome on(String host, Duration limit, String... command) {
        try (Command running = start(host, command)) {
            return running.await(limit);
        }
    }

    /** Starts a command on a host; the caller closes it. */
    Command start(String host, String... command) {
        List<String> whole = new ArrayList<>(List.of("lab", "exec", host));
        whole.addAll(List.of(command));
        return Command.start(steamgate(whole));
    }

    /** Starts one of the programs in {@code src/test/python}. */
    Command python(String host, String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "python3",
                "-I",
                "-u",
                ROOT.resolve("e2e/src/test/python").resolve(program).toString()));
        command.addAll(List.of(arguments));
        return start(host, command.toArray(String[]::new));
    }

    /** curl on the first client, silent but for errors. */
    Outcome curl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20"));
        command.addAll(List.of(arguments));
        return on("client", command.toArray(String[]::new));
    }

    /** What a GET by the first client is answered, with curl's arguments; fails unless its status is below 400. */
    String get(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--fail-with-body"));
        all.addAll(List.of(arguments));
        return curl(all.toArray(String[]::new)).succeeded().out();
    }

    /** The site that answers for {@code url}, which ends with {@code /whoami}. */
    String whoami(String url) {
        return field(get(url), "host");
    }

    /** Value of a text or number in a flat JSON object. */
    static String field(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + Pattern.quote(name) + "\"\\s*:\\s*\"?([^\",}]*)")
                .matcher(json);
        if (!matcher.find()) {
            throw new AssertionError("no \"" + name + "\" in " + json);
        }
        return matcher.group(1);
    }

    /** Sum of a counter or gauge of the edge over its labels that contain {@code labels}; 0 if there is none. */
    double metric(String name, String... labels) {
        String page = on("edge", "curl", "-sSf", "http://localhost:9000/q/metrics")
                .succeeded()
                .out();
        return page.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> List.of(labels).stream().allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** The flow list of the edge, as JSON. */
    String flows() {
        return on("edge", "curl", "-sSf", "-H", "Accept: application/json", "http://localhost:9000/flows")
                .succeeded()
                .out();
    }

    /** A counter of a host's kernel, as {@code Tcp:} {@code InCsumErrors} in /proc/net/snmp. */
    long kernelCounter(String host, String group, String name) {
        List<String> lines = on(host, "cat", "/proc/net/snmp", "/proc/net/netstat")
                .succeeded()
                .out()
                .lines()
                .filter(line -> line.startsWith(group + " "))
                .toList();
        List<String> names = List.of(lines.get(0).split(" "));
        List<String> values = List.of(lines.get(1).split(" "));
        return Long.parseLong(values.get(names.indexOf(name)));
    }

    /** Ends a service until the test is over. */
    void stopService(String service) {
        steamgate(SHORT, List.of("lab", "stop", service)).succeeded();
        stopped.add(service);
    }

    void startService(String service) {
        steamgate(UP, List.of("lab", "start", service)).succeeded();
        stopped.remove(service);
    }

    /** Runs after the test, in reverse order. */
    void afterwards(Runnable action) {
        undo.add(action);
    }

    String routes() {
        return read(routesFile());
    }

    /** Puts other routes in the place of the file, as a careful operator does: whole, by rename. */
    void replaceRoutes(String text) {
        try {
            Path next = routesFile().resolveSibling("routes.next");
            Files.writeString(next, text);
            Files.move(next, routesFile(), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Replaces {@code old} in the routes file and waits until the edge has taken it. */
    void changeRoutes(String old, String replacement) {
        String text = routes();
        if (!text.contains(old)) {
            throw new AssertionError("the routes have no " + old);
        }
        takeRoutes(text.replace(old, replacement));
    }

    private void takeRoutes(String text) {
        double generation = metric("steamgate_edge_routes_generation");
        replaceRoutes(text);
        eventually("the edge takes new routes", SHORT, () -> metric("steamgate_edge_routes_generation") > generation);
        // Answered by the poll loop, after what was queued there before: the new routes.
        flows();
    }

    /** Asks until it is so; fails after {@code limit}. */
    static void eventually(String what, Duration limit, Supplier<Boolean> condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.get()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
        }
    }

    /** Runs {@code ./steamgate}. */
    static Outcome steamgate(Duration limit, List<String> arguments) {
        try (Command command = Command.start(steamgate(arguments))) {
            return command.await(limit);
        }
    }

    static ProcessBuilder steamgate(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(ROOT.resolve("steamgate").toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(ROOT.toFile());
        // Settings of the Maven that runs this are not the lab's.
        builder.environment().remove("MAVEN_OPTS");
        return builder;
    }

    static Path root() {
        return ROOT;
    }

    /** Where configuration, logs and certificates of the lab are. */
    static Path folder() {
        String name = System.getenv("STEAMGATE_LAB");
        return ROOT.resolve(name == null ? "target/lab" : "target/lab-" + name);
    }

    private static Path routesFile() {
        return folder().resolve("edge/routes.yaml");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
