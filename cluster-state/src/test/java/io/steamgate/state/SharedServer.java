package io.steamgate.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.call.CallObserver;
import io.steamgate.state.embedded.EmbeddedServer;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.member.Rhythm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** An embedded server for all test classes of a run: each has keys of its own. */
public final class SharedServer {
    private static final EmbeddedServer SERVER = start();

    private SharedServer() {}

    private static EmbeddedServer start() {
        try {
            return EmbeddedServer.start("127.0.0.1", 0, Files.createTempDirectory("steamgate-state"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static ClientSettings settings() {
        return ClientSettings.of(List.of("127.0.0.1:" + SERVER.port()));
    }

    /** A client that is connected. */
    public static ClusterState client() {
        return connected(settings(), CallObserver.NONE);
    }

    /** A client that is connected. */
    public static ClusterState connected(ClientSettings settings, CallObserver observer) {
        ClusterState state = ClusterState.connect(settings, Rhythm.DEFAULT, InstantSource.system(), observer);
        assertThat(Within.within(Duration.ofSeconds(20), () -> state.status().answering()))
                .as(() -> state.status().toString())
                .isTrue();
        return state;
    }
}
