package io.steamgate.state.badday;

import io.steamgate.state.ClusterState;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** All servers are stopped, and started again with the disks they had. */
class RestartTest {
    @Test
    @EnabledIfSystemProperty(named = "steamgate.full", matches = "true")
    void a_cluster_that_is_stopped_and_started_again_has_every_acknowledged_write()
            throws IOException, InterruptedException {
        try (Trio trio = new Trio("restart", 3);
                ClusterState state = trio.client();
                Watch watch = new Watch("all servers are stopped, and started again", state, "restart", 200)) {
            watch.untilWritten(200);
            trio.stop(trio.get(0));
            trio.stop(trio.get(1));
            watch.untilWritten(200);
            trio.stop(trio.get(2));
            // Who stopped last has everything; the others would begin with what is old.
            trio.get(2).start().awaitReady();
            trio.repair();
            Watch.untilAnswering(state);
            watch.untilWritten(200);
            watch.verify();
        }
    }
}
