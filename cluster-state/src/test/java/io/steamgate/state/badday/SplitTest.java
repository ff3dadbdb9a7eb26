package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.steamgate.state.Within;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two servers and one, in network namespaces with a wire between them that is cut and mended. */
class SplitTest {
    private static final String LAB =
            Optional.ofNullable(System.getenv("STEAMGATE_LAB")).orElse("sg");
    private static final String LEFT = LAB + "-state-left";
    private static final String MIDDLE = LAB + "-state-mid";
    private static final String RIGHT = LAB + "-state-right";
    private static final List<String> ADDRESSES = List.of("10.93.0.1", "10.93.0.2", "10.93.0.3");

    private final List<Server> servers = new ArrayList<>();
    private final List<Process> drivers = new ArrayList<>();

    private static boolean ip(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    }

    private static void mustIp(String... arguments) throws IOException, InterruptedException {
        assertThat(ip(arguments)).as("ip %s", String.join(" ", arguments)).isTrue();
    }

    @BeforeEach
    void wire() throws IOException, InterruptedException {
        remove();
        assumeTrue(ip("netns", "add", LEFT), "needs root, for network namespaces");
        mustIp("netns", "add", MIDDLE);
        mustIp("netns", "add", RIGHT);
        mustIp("-n", MIDDLE, "link", "add", "br0", "type", "bridge");
        mustIp("-n", MIDDLE, "link", "set", "br0", "up");
        for (String side : List.of(LEFT, RIGHT)) {
            String port = side.equals(LEFT) ? "left" : "right";
            mustIp("-n", MIDDLE, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", side);
            mustIp("-n", MIDDLE, "link", "set", port, "master", "br0", "up");
            mustIp("-n", side, "link", "set", "lo", "up");
            mustIp("-n", side, "link", "set", "eth0", "up");
        }
        mustIp("-n", LEFT, "address", "add", "10.93.0.1/24", "dev", "eth0");
        mustIp("-n", LEFT, "address", "add", "10.93.0.2/24", "dev", "eth0");
        mustIp("-n", RIGHT, "address", "add", "10.93.0.3/24", "dev", "eth0");
    }

    @AfterEach
    void remove() throws IOException, InterruptedException {
        for (Process driver : drivers) {
            driver.destroyForcibly().waitFor();
        }
        for (Server server : servers) {
            server.close();
        }
        for (String name : List.of(LEFT, MIDDLE, RIGHT)) {
            var unused = ip("netns", "delete", name);
        }
    }

    private void start(Path directory) throws InterruptedException {
        for (String address : ADDRESSES) {
            List<String> prefix = List.of("ip", "netns", "exec", address.equals(ADDRESSES.getLast()) ? RIGHT : LEFT);
            Server server = new Server(address, ADDRESSES, directory.resolve(address), prefix, List.of());
            servers.add(server);
            server.start();
            if (servers.size() == 1) {
                server.awaitReady();
            }
        }
        for (Server server : servers) {
            server.awaitReady();
        }
    }

    private record Client(Process process, BufferedReader answers) {
        record Answer(String outcomes, long longestMillis, String health) {}

        Answer say(String command) {
            try {
                var commands = process.outputWriter(StandardCharsets.UTF_8);
                commands.write(command);
                commands.newLine();
                commands.flush();
                for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                    if (line.startsWith("answer ")) {
                        int end = line.indexOf('}') + 1;
                        String[] rest = line.substring(end + 1).split(" ", 2);
                        return new Answer(line.substring(7, end), Long.parseLong(rest[0]), rest[1]);
                    }
                }
                throw new AssertionError("the client has ended");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Client client(String namespace, String... endpoints) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "ip",
                "netns",
                "exec",
                namespace,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Driver.class.getName()));
        command.addAll(List.of(endpoints));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        drivers.add(process);
        Client client = new Client(process, process.inputReader(StandardCharsets.UTF_8));
        assertThat(Within.within(
                        Duration.ofSeconds(30),
                        () -> client.say("session warm-" + namespace + "- 1")
                                .outcomes()
                                .equals("{done=1}")))
                .isTrue();
        return client;
    }

    @Test
    void a_cut_between_halves_stops_writes_in_the_minority_and_loses_nothing()
            throws IOException, InterruptedException {
        start(Trio.emptied(Path.of("target", "badday", "split").toAbsolutePath()));
        servers.getFirst().awaitSettled(3);
        Client left = client(LEFT, "10.93.0.1:11222", "10.93.0.2:11222");
        Client right = client(RIGHT, "10.93.0.3:11222");
        assertThat(left.say("session before- 200").outcomes()).isEqualTo("{done=200}");
        assertThat(right.say("read before- 200").outcomes()).isEqualTo("{found=200}");

        mustIp("-n", MIDDLE, "link", "set", "right", "nomaster");
        List<Client.Answer> waits = new ArrayList<>();
        assertThat(Within.within(Duration.ofSeconds(40), () -> {
                    Client.Answer answer = right.say("session cut-right- 5");
                    waits.add(answer);
                    return answer.outcomes().equals("{degraded=5}");
                }))
                .as(() -> "the minority refuses: " + waits)
                .isTrue();
        assertThat(Within.within(Duration.ofSeconds(40), () -> {
                    Client.Answer answer = left.say("session cut-left- 50");
                    waits.add(answer);
                    return answer.outcomes().equals("{done=50}");
                }))
                .as(() -> "the majority goes on: " + waits)
                .isTrue();
        assertThat(right.say("piece cut- 20").outcomes())
                .as("what may be lost is written everywhere")
                .startsWith("{done=");
        Client.Answer refused = right.say("session refused- 20");
        waits.add(refused);
        assertThat(refused.outcomes()).contains("degraded=").doesNotContain("done");

        mustIp("-n", MIDDLE, "link", "set", "right", "master", "br0");
        servers.getFirst().awaitSettled(3);
        assertThat(Within.within(
                        Duration.ofSeconds(20),
                        () -> right.say("session healed- 5").outcomes().equals("{done=5}")))
                .as("the minority writes again")
                .isTrue();
        assertThat(right.say("read before- 200").outcomes()).isEqualTo("{found=200}");
        assertThat(right.say("read cut-left- 50").outcomes()).isEqualTo("{found=50}");
        assertThat(right.say("read refused- 20").outcomes())
                .as("what was refused is not there")
                .isEqualTo("{absent=20}");
        long longest =
                waits.stream().mapToLong(Client.Answer::longestMillis).max().orElse(0);
        Watch.write("| the network between two servers and one is cut, and mended | minority: %s | 0 | %d ms | | %s |%n"
                .formatted(
                        refused.outcomes(),
                        longest,
                        Stream.of(refused).map(Client.Answer::health).toList()));
        assertThat(longest).isLessThan(1500);
    }
}
