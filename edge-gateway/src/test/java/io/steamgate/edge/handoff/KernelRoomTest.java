package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More flows than the kernel has room for. */
class KernelRoomTest {
    private static final String ROUTES = """
            listeners:
              - {name: web, port: 80, protocol: http, default: a}
            services:
              a:
                address-mode: nat
                health: off
                tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                endpoints: ["198.51.100.11:80"]
            """;
    private static final int ROOM = HandoffNetwork.KERNEL_SPLICES / 2;

    @BeforeEach
    void onlyWithTheKernel() {
        assumeTrue(HandoffNetwork.KERNEL, "the room of the kernel's maps");
    }

    @Test
    void flows_that_the_kernel_has_no_room_for_take_the_user_path_and_are_counted() {
        HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, ROUTES);
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < ROOM + 3; i++) {
            TestClient client = new TestClient(network, 80);
            client.get("/5");
            assertThat(network.until(() -> client.responses.size() == 1, 5)).isTrue();
            clients.add(client);
        }
        KernelPath kernel = network.kernelPath.orElseThrow();
        assertThat(kernel.splices()).isEqualTo(2 * ROOM);
        assertThat(kernel.full().get()).isEqualTo(3);
        assertThat(kernel.refused()).isZero();

        long before = network.gateway.path().counters().bytesToClients().of("a").get();
        clients.getLast().get("/70000");
        assertThat(network.until(() -> clients.getLast().responses.size() == 2, 5))
                .isTrue();
        assertThat(clients.getLast().responses.getLast().body()).isEqualTo(TestSite.pattern(70_000));
        assertThat(network.gateway.path().counters().bytesToClients().of("a").get() - before)
                .as("by the user path")
                .isGreaterThan(70_000);

        clients.getFirst().finish();
        assertThat(network.until(() -> network.gateway.path().open() == ROOM + 2, 20))
                .isTrue();
        network.settle();
        TestClient next = new TestClient(network, 80);
        next.get("/5");
        assertThat(network.until(() -> next.responses.size() == 1, 5)).isTrue();
        network.settle();
        assertThat(kernel.splices()).as("there is room again").isEqualTo(2 * ROOM);
        assertThat(kernel.full().get()).isEqualTo(3);
    }
}
