package io.steamgate.dns;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.steamgate.dns.cache.SharedAnswers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** The whole server on a loopback address, with the settings of a test. */
final class TestServer implements AutoCloseable {
    final ManualTime time;
    final DnsServer server;
    final InetSocketAddress address;

    private TestServer(Map<String, String> settings, DnsServer.Shared shared, InstantSource clock) {
        Map<String, String> all =
                new HashMap<>(Map.of("listen", "127.0.0.1:0", "threads", "1", "iterate.enabled", "false"));
        all.putAll(settings);
        time = clock instanceof ManualTime manual ? manual : new ManualTime();
        server = new DnsServer(config(all), clock, new SecureRandom(), shared, TestServer::certificate);
        server.start();
        address = server.listening().getFirst();
    }

    /** Self-signed, for localhost. */
    static SSLContext certificate() {
        try {
            KeyStore store =
                    KeyStore.getInstance(SecureFixture.keyStore().toFile(), SecureFixture.PASSWORD.toCharArray());
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, SecureFixture.PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static DnsConfig config(Map<String, String> settings) {
        Map<String, String> keys = new HashMap<>();
        settings.forEach((key, value) -> keys.put("steamgate.dns." + key, value));
        return new SmallRyeConfigBuilder()
                .withConverter(java.time.Duration.class, 200, new io.quarkus.runtime.configuration.DurationConverter())
                .withMapping(DnsConfig.class)
                .withSources(new PropertiesConfigSource(keys, "test", 100))
                .build()
                .getConfigMapping(DnsConfig.class);
    }

    static TestServer with(Map<String, String> settings) {
        return new TestServer(settings, DnsServer.Shared.NOTHING, new ManualTime());
    }

    /** With the time that everybody has. */
    static TestServer real(Map<String, String> settings) {
        return new TestServer(settings, DnsServer.Shared.NOTHING, InstantSource.system());
    }

    static TestServer with(Map<String, String> settings, SharedAnswers shared) {
        return new TestServer(settings, new DnsServer.Shared(shared, store -> store), new ManualTime());
    }

    /** Of a cluster, with the time that everybody has. */
    static TestServer sharing(Map<String, String> settings, DnsServer.Shared shared) {
        return new TestServer(settings, shared, InstantSource.system());
    }

    /** With one zone. */
    static TestServer serving(Path directory, String origin, String zone, Map<String, String> settings) {
        write(directory.resolve(origin + ".zone"), zone);
        Map<String, String> all = new HashMap<>(settings);
        all.put("zones.directory", directory.toString());
        return with(all);
    }

    static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    int port() {
        return address.getPort();
    }

    @Override
    public void close() {
        server.close();
    }
}
