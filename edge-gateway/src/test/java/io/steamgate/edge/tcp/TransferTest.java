package io.steamgate.edge.tcp;

import static io.steamgate.edge.tcp.SimulatedNetwork.CLIENT;
import static io.steamgate.edge.tcp.SimulatedNetwork.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the wire does, each end receives what the other sent, and both know that it is over. */
class TransferTest {
    private static final SynOffer FULL = new SynOffer(1460, 7, true, true);

    private record Offering(SynOffer offer, int receiveLimit) implements ListenOptions {}

    @Test
    void a_perfect_wire_carries_both_directions() {
        transfer(1, 0, 0, 0, 0, 300_000, 200_000, FULL, TcpSettings.defaults(), 65_536);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,0,0",
        "10,0,0,0",
        "100,0,0,0",
        "0,50,0,0",
        "0,0,100,0",
        "0,0,0,20",
        "20,20,50,5",
        "100,100,100,20",
        "250,0,0,0"
    })
    void whatever_the_wire_does_the_streams_arrive_whole(int loss, int duplication, int reordering, int corruption) {
        for (long seed = 1; seed <= 12; seed++) {
            SynOffer offer = switch ((int) (seed % 4)) {
                case 0 -> FULL;
                case 1 -> SynOffer.PLAIN;
                case 2 -> new SynOffer(536, 0, true, false);
                default -> new SynOffer(1460, 14, false, true);
            };
            TcpSettings settings = TcpSettings.defaults()
                    .withCubic(seed % 2 == 0)
                    .withNagle(seed % 3 == 0)
                    .withDelayedAck(seed % 5 != 0);
            transfer(
                    seed,
                    loss,
                    duplication,
                    reordering,
                    corruption,
                    60_000,
                    40_000,
                    offer,
                    settings,
                    seed % 2 == 0 ? 65_536 : 3_000);
        }
    }

    /** With 2000 seeds three SYN-ACKs and their answers are lost more than once; the client has nothing to send again. */
    @Test
    void a_client_that_only_listens_is_never_left_waiting_for_a_server_that_speaks_first() {
        byte[] greeting = new byte[100];
        for (long seed = 1; seed <= 2000; seed++) {
            SimulatedNetwork network = new SimulatedNetwork(seed, TcpSettings.defaults());
            network.loss = 100;
            network.server.listen(
                    SERVER,
                    80,
                    80,
                    new Offering(FULL, 65_536),
                    connection -> new Application(greeting).on(connection).pump());
            Application client = new Application(new byte[0]);
            client.closesWhenSent = false;
            client.on(network.client.connect(
                    ConnectRequest.of(CLIENT, 40_000, SERVER, 80, FULL, 65_536).withSchedule(1_000_000_000L, 10),
                    client));
            assertThat(network.run(() -> client.sawEnd || client.end != null, 120))
                    .as("seed " + seed + ": " + client.log)
                    .isTrue();
        }
    }

    private static void transfer(
            long seed,
            int loss,
            int duplication,
            int reordering,
            int corruption,
            int up,
            int down,
            SynOffer offer,
            TcpSettings settings,
            int limit) {
        SimulatedNetwork network = new SimulatedNetwork(seed, settings);
        network.loss = loss;
        network.duplication = duplication;
        network.reordering = reordering;
        network.corruption = corruption;
        Random random = new Random(seed);
        byte[] request = new byte[up];
        byte[] response = new byte[down];
        random.nextBytes(request);
        random.nextBytes(response);
        List<Application> accepted = new ArrayList<>();
        network.server.listen(SERVER, 80, 80, new Offering(offer, limit), connection -> {
            Application application = new Application(response).on(connection);
            accepted.add(application);
            application.pump();
        });
        Application client = new Application(request);
        client.on(network.client.connect(
                ConnectRequest.of(CLIENT, 40_000, SERVER, 80, FULL, limit).withSchedule(1_000_000_000L, 10), client));

        boolean over =
                network.run(() -> client.end != null && !accepted.isEmpty() && accepted.getFirst().end != null, 3600);

        String label = "seed " + seed + ", loss " + loss + ": " + client.log + " " + client.connection()
                + accepted.stream().map(a -> a.log + " " + a.connection()).toList();
        assertThat(over).as(label).isTrue();
        assertThat(accepted).as(label).hasSize(1);
        assertThat(accepted.getFirst().received.toByteArray()).as(label).isEqualTo(request);
        assertThat(client.received.toByteArray()).as(label).isEqualTo(response);
        assertThat(client.end).as(label).isEqualTo(TcpEnd.FINISHED);
        assertThat(accepted.getFirst().end).as(label).isEqualTo(TcpEnd.FINISHED);
        network.run(() -> false, 200);
        assertThat(network.timers.armed()).as("timers left, " + label).isZero();
        assertThat(network.clientIp.leaked() + network.serverIp.leaked()).isZero();
        assertThat(network.client.counters().connections.get()).isZero();
        assertThat(network.server.counters().timeWaits.get()).isZero();
    }
}
