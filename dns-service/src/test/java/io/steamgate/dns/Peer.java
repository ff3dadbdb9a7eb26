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
    private final String address;

    private Peer(Path directory, int port, List<String> command) {
        this(directory, "127.0.0.1", port, command);
    }

    private Peer(Path directory, String address, int port, List<String> command) {
        this.port = port;
        this.address = address;
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
        var server = new java.net.InetSocketAddress(address, port);
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
        return address + ":" + port;
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

    private static String file(String origin) {
        return (origin.equals(".") ? "root" : origin) + ".zone";
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Peer nsd(Path directory, Map<String, String> zones) {
        return nsd(directory, "127.0.0.1", TestServer.freePort(), zones);
    }

    static Peer nsd(Path directory, String address, int port, Map<String, String> zones) {
        StringBuilder clauses = new StringBuilder();
        zones.forEach((origin, text) -> {
            write(directory.resolve(file(origin)), text);
            clauses.append("zone:\n  name: %s\n  zonefile: %s\n".formatted(origin, file(origin)));
        });
        return nsd(directory, address, port, clauses.toString());
    }

    private static Peer nsd(Path directory, String address, int port, String clauses) {
        write(directory.resolve("nsd.conf"), """
                server:
                  ip-address: %3$s@%1$d
                  server-count: 1
                  username: ""
                  zonesdir: "%2$s"
                  pidfile: "%2$s/nsd.pid"
                  database: ""
                  zonelistfile: "%2$s/zonelist"
                  xfrdfile: "%2$s/xfrd"
                  xfrdir: "%2$s"
                  rrl-ratelimit: 0
                  rrl-whitelist-ratelimit: 0
                  minimal-responses: yes
                remote-control:
                  control-enable: no
                %4$s""".formatted(port, directory, address, clauses));
        return new Peer(
                directory,
                address,
                port,
                List.of(sbin("nsd"), "-d", "-c", directory.resolve("nsd.conf").toString()));
    }

    static Peer knot(Path directory, Map<String, String> zones) {
        StringBuilder sections = new StringBuilder("""
                template:
                  - id: default
                    storage: %1$s
                    zonefile-sync: -1
                    journal-content: none
                    zonefile-load: whole
                zone:
                """.formatted(directory));
        zones.forEach((origin, text) -> {
            write(directory.resolve(origin + ".zone"), text);
            sections.append("  - domain: %s\n    file: %s.zone\n".formatted(origin, origin));
        });
        return knot(directory, sections.toString());
    }

    private static Peer knot(Path directory, String sections) {
        int port = TestServer.freePort();
        write(directory.resolve("knot.conf"), """
                server:
                  rundir: %2$s
                  listen: 127.0.0.1@%1$d
                  udp-workers: 1
                  tcp-workers: 1
                  background-workers: 1
                control:
                  listen: %2$s/knot.sock
                database:
                  storage: %2$s
                %3$s""".formatted(port, directory, sections));
        return new Peer(
                directory,
                port,
                List.of(sbin("knotd"), "-c", directory.resolve("knot.conf").toString()));
    }

    /**
     * BIND.
     *
     * @param options go into its options block
     * @param rest statements behind it
     */
    private static Peer named(Path directory, int port, String options, String rest) {
        write(directory.resolve("named.conf"), """
                options { directory "%2$s"; listen-on port %1$d { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
                  session-keyfile none; dnssec-validation no; empty-zones-enable no; %3$s };
                controls { };
                logging { channel off { null; }; category queries { off; }; };
                %4$s
                """.formatted(port, directory, options, rest));
        return new Peer(
                directory,
                port,
                List.of(
                        sbin("named"),
                        "-g",
                        "-n",
                        "1",
                        "-c",
                        directory.resolve("named.conf").toString()));
    }

    /** BIND as an authoritative server; {@code options} go into its options block. */
    static Peer bind(Path directory, Map<String, String> zones, String options, String zoneOptions) {
        StringBuilder statements = new StringBuilder();
        zones.forEach((origin, text) -> {
            if (!text.isEmpty()) {
                write(directory.resolve(origin + ".zone"), text);
            }
            statements.append("zone \"%s\" { file \"%s.zone\"; %s };\n".formatted(origin, origin, zoneOptions));
        });
        return named(directory, TestServer.freePort(), options, statements.toString());
    }

    static Peer bind(Path directory, Map<String, String> zones) {
        return bind(directory, zones, "recursion no; notify no; minimal-responses yes;", "type primary;");
    }

    private static String key(String secret) {
        return "key \"mover\" { algorithm hmac-sha256; secret \"" + secret + "\"; };\n";
    }

    /** BIND as a primary that takes updates and tells another server of them. */
    static Peer bindPrimary(Path directory, String origin, String text, int secondary) {
        write(directory.resolve(origin + ".zone"), text);
        return named(
                directory,
                TestServer.freePort(),
                "recursion no; notify-delay 0;",
                key(MaintainTest.SECRET) + """
                zone "%1$s" { type primary; file "%1$s.zone"; allow-update { key mover; }; allow-transfer { key mover; };
                  notify explicit; also-notify { 127.0.0.1 port %2$d; }; ixfr-from-differences yes; };
                """.formatted(origin, secondary));
    }

    /** nsd as a primary that makes IXFR of what changes in its file, and tells another server of it. */
    static Peer nsdPrimary(Path directory, String origin, String text, int secondary) {
        write(directory.resolve(origin + ".zone"), text);
        return nsd(
                directory, "127.0.0.1", TestServer.freePort(), """
                key:
                  name: mover
                  algorithm: hmac-sha256
                  secret: "%3$s"
                zone:
                  name: %1$s
                  zonefile: %1$s.zone
                  provide-xfr: 127.0.0.1 mover
                  notify: 127.0.0.1@%2$d NOKEY
                  store-ixfr: yes
                  create-ixfr: yes
                """.formatted(origin, secondary, MaintainTest.SECRET));
    }

    /** Knot as a primary that takes updates and tells another server of them. */
    static Peer knotPrimary(Path directory, String origin, String text, int secondary) {
        write(directory.resolve(origin + ".zone"), text);
        return knot(directory, """
                key:
                  - id: mover
                    algorithm: hmac-sha256
                    secret: %4$s
                remote:
                  - id: secondary
                    address: 127.0.0.1@%3$d
                acl:
                  - id: mover
                    key: mover
                    action: [transfer, update]
                zone:
                  - domain: %2$s
                    storage: %1$s
                    file: %2$s.zone
                    notify: secondary
                    acl: mover
                """.formatted(directory, origin, secondary, MaintainTest.SECRET));
    }

    /** Has the server read its changed files (SIGHUP). */
    void reload() {
        run(List.of("kill", "-HUP", Long.toString(process.pid())));
    }

    /** BIND as a secondary that signs with the key {@code mover}. */
    static Peer secondary(Path directory, int port, String origin, int primary, String secret) {
        return named(directory, port, "recursion no; notify no;", key(secret) + """
                zone "%1$s" { type secondary; file "%1$s.zone"; primaries { 127.0.0.1 port %2$d key mover; }; };
                """.formatted(origin, primary));
    }

    /** BIND with one zone, which it tells over TLS too, at the second port. */
    static Peer bindOverTls(Path directory, int tlsPort) {
        write(
                directory.resolve("tls.test.zone"),
                "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n* A 192.0.2.53\n");
        return named(
                directory,
                TestServer.freePort(),
                "recursion no; listen-on port %d tls own { 127.0.0.1; };".formatted(tlsPort),
                """
                tls own { key-file "%s"; cert-file "%s"; };
                zone "tls.test" { type primary; file "tls.test.zone"; };
                """.formatted(
                                SecureFixture.key().toAbsolutePath(),
                                SecureFixture.certificate().toAbsolutePath()));
    }

    /**
     * unbound.
     *
     * @param options more lines of its server clause
     * @param rest clauses behind it
     */
    private static Peer unbound(Path directory, String options, String rest) {
        int port = TestServer.freePort();
        write(directory.resolve("unbound.conf"), """
                server:
                  interface: 127.0.0.1@%1$d
                  num-threads: 1
                  do-ip6: no
                  chroot: ""
                  username: ""
                  directory: "%2$s"
                  pidfile: ""
                  use-syslog: no
                  module-config: "iterator"
                  do-not-query-localhost: no
                %3$sremote-control:
                  control-enable: no
                %4$s""".formatted(port, directory, options, rest));
        return new Peer(
                directory,
                port,
                List.of(
                        sbin("unbound"),
                        "-d",
                        "-c",
                        directory.resolve("unbound.conf").toString()));
    }

    /** A resolver that knows no other server than the given one. */
    static Peer unbound(Path directory, String forwardTo) {
        return unbound(directory, "  local-zone: \"test.\" nodefault\n", """
                forward-zone:
                  name: "."
                  forward-addr: %s
                """.formatted(forwardTo.replace(':', '@')));
    }

    /** unbound with a copy of a zone (RFC 8806 has such for the root). */
    static Peer unboundCopying(Path directory, String origin, int primary) {
        return unbound(directory, "  local-zone: \"test.\" nodefault\n", """
                auth-zone:
                  name: "%s"
                  primary: 127.0.0.1@%d
                  for-upstream: no
                """.formatted(origin, primary));
    }

    /** unbound with one name of its own, which it tells over TLS alone at the second port. */
    static Peer unboundOverTls(Path directory, int tlsPort) {
        return unbound(
                directory,
                """
                  interface: 127.0.0.1@%1$d
                  tls-port: %1$d
                  tls-service-key: "%2$s"
                  tls-service-pem: "%3$s"
                  local-zone: "tls.test." redirect
                  local-data: "tls.test. 60 IN A 192.0.2.53"
                """.formatted(
                                tlsPort,
                                SecureFixture.key().toAbsolutePath(),
                                SecureFixture.certificate().toAbsolutePath()),
                "");
    }

    /** Debian's servers are not on every user's path. */
    static String sbin(String name) {
        return Files.isExecutable(Path.of("/usr/sbin", name)) ? "/usr/sbin/" + name : name;
    }
}
