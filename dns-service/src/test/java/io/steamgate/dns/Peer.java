package io.steamgate.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Type;

/** A server that others wrote, on a loopback port of its own, with its files in a directory of the test. */
final class Peer implements AutoCloseable {
    private final Process process;
    private final int port;

    private Peer(Path directory, int port, List<String> command) {
        this.port = port;
        Path log = directory.resolve("log");
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            await(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void await(Path log) throws IOException {
        byte[] probe = Ask.plain(".", Type.NS).toWire();
        var server = new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), port);
        for (int i = 0; i < 200; i++) {
            if (!process.isAlive()) {
                throw new AssertionError(
                        process.info().command().orElse("a peer") + " ended: " + Files.readString(log));
            }
            try {
                if (Ask.udp(server, probe, 50).isPresent()) {
                    return;
                }
            } catch (UncheckedIOException e) {
                // Nobody listens there yet.
            }
        }
        throw new AssertionError("a peer did not start: " + Files.readString(log));
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** Output of a command, which must end well. */
    static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end: " + out);
            }
            if (process.exitValue() != 0) {
                throw new AssertionError(command + " ended with " + process.exitValue() + ": " + out);
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Peer nsd(Path directory, Map<String, String> zones) {
        int port = TestServer.freePort();
        StringBuilder config = new StringBuilder("""
                server:
                  ip-address: 127.0.0.1@%d
                  server-count: 1
                  username: ""
                  zonesdir: "%2$s"
                  pidfile: ""
                  database: ""
                  zonelistfile: "%2$s/zonelist"
                  xfrdfile: "%2$s/xfrd"
                  xfrdir: "%2$s"
                  rrl-ratelimit: 0
                  rrl-whitelist-ratelimit: 0
                remote-control:
                  control-enable: no
                """.formatted(port, directory));
        zones.forEach((origin, text) -> {
            write(directory.resolve(origin + ".zone"), text);
            config.append("zone:\n  name: %s\n  zonefile: %s.zone\n".formatted(origin, origin));
        });
        write(directory.resolve("nsd.conf"), config.toString());
        return new Peer(
                directory,
                port,
                List.of(sbin("nsd"), "-d", "-c", directory.resolve("nsd.conf").toString()));
    }

    /** Debian's servers are not on every user's path. */
    static String sbin(String name) {
        return Files.isExecutable(Path.of("/usr/sbin", name)) ? "/usr/sbin/" + name : name;
    }
}
