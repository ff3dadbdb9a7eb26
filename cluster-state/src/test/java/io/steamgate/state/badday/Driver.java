package io.steamgate.state.badday;

import io.steamgate.state.ClusterState;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.store.Piece;
import io.steamgate.state.store.Session;
import io.steamgate.state.store.Validity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A client as a process, for namespaces that the test itself is not in. Each line it reads is a command, a prefix and a number; it answers
 * with how often what came of it, the longest wait in milliseconds, and its health.
 */
public final class Driver {
    private static final Lifespan HOUR = Lifespan.of(Duration.ofHours(1));

    private Driver() {}

    public static void main(String[] servers) throws IOException {
        try (ClusterState state = Trio.connect(ClientSettings.of(List.of(servers)))) {
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                String[] words = line.split(" ", -1);
                Map<String, Integer> outcomes = new TreeMap<>();
                long longest = 0;
                for (int i = 0; i < Integer.parseInt(words[2]); i++) {
                    long startedAt = System.nanoTime();
                    outcomes.merge(outcome(state, words[0], words[1] + i), 1, Integer::sum);
                    longest = Math.max(longest, System.nanoTime() - startedAt);
                }
                System.out.println("answer " + outcomes + " " + longest / 1_000_000 + " "
                        + state.status().problem().orElse("available"));
            }
        }
    }

    private static String outcome(ClusterState state, String command, String key) {
        return switch (command) {
            case "session" ->
                outcome(state.sessions()
                        .put(new Session(key, "node", Optional.empty(), Map.of()), HOUR)
                        .join());
            case "piece" ->
                outcome(state.pieces()
                        .put(key, new Piece(key, Validity.PERSISTENT))
                        .join());
            case "read" -> outcome(state.sessions().get(key).join());
            default -> throw new IllegalArgumentException(command);
        };
    }

    private static String outcome(Ack ack) {
        return switch (ack) {
            case Ack.Done() -> "done";
            case Ack.Conflict() -> "conflict";
            case Ack.Unavailable(Reason reason) -> reason.label();
        };
    }

    private static String outcome(Reply<?> reply) {
        return switch (reply) {
            case Reply.Found<?>(Object value) -> "found";
            case Reply.Absent<?>() -> "absent";
            case Reply.Unavailable<?>(Reason reason) -> reason.label();
        };
    }
}
