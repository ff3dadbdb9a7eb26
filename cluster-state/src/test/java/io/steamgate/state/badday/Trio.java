package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Within;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.hotrod.ClientSettings.Security;
import io.steamgate.state.member.Rhythm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Three servers, each on a loopback address of its own, that other runs on this machine do not use. */
final class Trio implements AutoCloseable {
    private final List<Server> servers = new ArrayList<>();

    /**
     * @param name of a directory under target/badday, where data and logs are left for who wants to look
     * @param number of servers
     */
    Trio(String name, int number, String... options) throws InterruptedException {
        Path directory = emptied(Path.of("target", "badday", name).toAbsolutePath());
        String network = freeNetwork();
        List<String> addresses =
                IntStream.rangeClosed(1, number).mapToObj(n -> network + n).toList();
        for (String address : addresses) {
            Server server =
                    new Server(address, addresses, directory.resolve("server-" + address), List.of(), List.of(options));
            servers.add(server);
            server.start();
            if (servers.size() == 1) {
                // Of those that start together none would know who is first.
                server.awaitReady();
            }
        }
        for (Server server : servers) {
            server.awaitReady();
        }
    }

    /** A directory with nothing in it. */
    static Path emptied(Path directory) {
        try (Stream<Path> left = Files.exists(directory) ? Files.walk(directory) : Stream.empty()) {
            for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String freeNetwork() {
        Random random = new Random();
        for (int tries = 0; tries < 100; tries++) {
            String network = "127." + (64 + random.nextInt(128)) + "." + random.nextInt(256) + ".";
            try (ServerSocket probe = new ServerSocket()) {
                probe.bind(new InetSocketAddress(InetAddress.getByName(network + "1"), 11222));
                return network;
            } catch (IOException e) {
                continue;
            }
        }
        throw new AssertionError("no loopback network is free");
    }

    Server get(int number) {
        return servers.get(number);
    }

    List<Server> all() {
        return List.copyOf(servers);
    }

    ClientSettings settings() {
        return ClientSettings.of(servers.stream().map(Server::endpoint).toList());
    }

    /**
     * The same for who is to log in, however busy this machine is: a step of that is to be over within the time for one attempt,
     * and takes both sides tens of milliseconds of processor time.
     */
    ClientSettings settings(Security security) {
        ClientSettings usual = settings();
        return new ClientSettings(
                usual.servers(),
                security,
                usual.budget(),
                usual.bulkBudget(),
                usual.budgets(),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                usual.pulse(),
                usual.nearEntries(),
                usual.room());
    }

    /** A client of all servers that is connected. */
    ClusterState client() {
        ClusterState state = connect(settings());
        assertThat(Within.within(Duration.ofSeconds(20), () -> state.status().answering()))
                .as(() -> state.status().toString())
                .isTrue();
        return state;
    }

    static ClusterState connect(ClientSettings settings) {
        return ClusterState.connect(settings, Rhythm.DEFAULT, InstantSource.system(), CallObserver.NONE);
    }

    /** Waits until every cache is at rest with the servers that are there. */
    void awaitSettled() throws IOException {
        List<Server> alive = servers.stream().filter(Server::isAlive).toList();
        alive.getFirst().awaitSettled(alive.size());
    }

    /** Takes one out as docs/shared-state.md tells operators to, and waits until the others, if any, are at rest without it. */
    void stop(Server server) throws IOException, InterruptedException {
        Optional<Server> other = servers.stream()
                .filter(each -> each != server && each.isAlive())
                .findFirst();
        if (other.isEmpty()) {
            server.stop();
            return;
        }
        server.rebalance(false);
        server.stop();
        other.get().rebalance(true);
        awaitSettled();
    }

    /** Starts again whoever is not running, and waits until everybody has what he is to have. */
    void repair() throws IOException, InterruptedException {
        for (Server server : servers) {
            if (!server.isAlive()) {
                server.start().awaitReady();
            }
        }
        awaitSettled();
    }

    @Override
    public void close() throws InterruptedException {
        for (Server server : servers) {
            server.close();
        }
    }
}
