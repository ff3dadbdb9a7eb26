package io.steamgate.mail.milter;

import io.steamgate.mail.inspect.Inspections;
import io.steamgate.mail.relay.RelayFixture;
import io.steamgate.mail.relay.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A relay that asks one filter, {@code milter-1}, about each message for {@code b.test}. */
final class FilteredRelay {
    static final MilterFilter.Patience PATIENCE =
            new MilterFilter.Patience(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(40));

    private FilteredRelay() {}

    /**
     * @param port the filter's
     * @param limit octets that a message may have and still be marked
     * @param server where mail for {@code b.test} goes
     */
    static RelayFixture of(Path root, int port, MilterFilter.DefaultAction otherwise, int limit, ScriptedServer server)
            throws Exception {
        return new RelayFixture(
                root,
                List.of("b.test server"),
                Map.of("server", List.of(server.address())),
                List.of(),
                (_, loops) -> new Inspections(
                        limit,
                        List.of(new MilterFilter(
                                "milter-1",
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                                PATIENCE,
                                otherwise,
                                "relay.test",
                                loops))));
    }

    static ScriptedServer server() throws IOException {
        return new ScriptedServer(List.of("8BITMIME"), (verb, line) -> "");
    }
}
