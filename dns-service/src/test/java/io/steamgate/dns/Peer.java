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
        StringBuilder config = new StringBuilder("""
                server:
                  ip-address: %3$s@%1$d
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
                  minimal-responses: yes
                remote-control:
                  control-enable: no
                """.formatted(port, directory, address));
        zones.forEach((origin, text) -> {
            write(directory.resolve(file(origin)), text);
            config.append("zone:\n  name: %s\n  zonefile: %s\n".formatted(origin, file(origin)));
        });
        write(directory.resolve("nsd.conf"), config.toString());
        return new Peer(
                directory,
                address,
                port,
                List.of(sbin("nsd"), "-d", "-c", directory.resolve("nsd.conf").toString()));
    }

    static Peer knot(Path directory, Map<String, String> zones) {
        int port = TestServer.freePort();
        StringBuilder config = new StringBuilder("""
                server:
                  rundir: %2$s
                  listen: 127.0.0.1@%1$d
                  udp-workers: 1
                  tcp-workers: 1
                  background-workers: 1
                control:
                  listen: %2$s/knot.sock
                database:
                  storage: %2$s/db
                template:
                  - id: default
                    storage: %2$s
                    zonefile-sync: -1
                    journal-content: none
                    zonefile-load: whole
                zone:
                """.formatted(port, directory));
        zones.forEach((origin, text) -> {
            write(directory.resolve(origin + ".zone"), text);
            config.append("  - domain: %s\n    file: %s.zone\n".formatted(origin, origin));
        });
        write(directory.resolve("knot.conf"), config.toString());
        return new Peer(
                directory,
                port,
                List.of(sbin("knotd"), "-c", directory.resolve("knot.conf").toString()));
    }

    /** BIND as an authoritative server; {@code options} go into its options block. */
    static Peer bind(Path directory, Map<String, String> zones, String options, String zoneOptions) {
        int port = TestServer.freePort();
        StringBuilder config = new StringBuilder("""
                options { directory "%2$s"; listen-on port %1$d { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
                  session-keyfile none; dnssec-validation no; empty-zones-enable no; %3$s };
                controls { };
                logging { channel off { null; }; category queries { off; }; };
                """.formatted(port, directory, options));
        zones.forEach((origin, text) -> {
            if (!text.isEmpty()) {
                write(directory.resolve(origin + ".zone"), text);
            }
            config.append("zone \"%s\" { file \"%s.zone\"; %s };\n".formatted(origin, origin, zoneOptions));
        });
        write(directory.resolve("named.conf"), config.toString());
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

    static Peer bind(Path directory, Map<String, String> zones) {
        return bind(directory, zones, "recursion no; notify no; minimal-responses yes;", "type primary;");
    }

    private static final String KEY =
            "key \"mover\" { algorithm hmac-sha256; secret \"" + MaintainTest.SECRET + "\"; };";

    /** BIND as a primary that takes updates and tells another server of them. */
    static Peer bindPrimary(Path directory, String origin, String text, int secondary) {
        int port = TestServer.freePort();
        write(directory.resolve(origin + ".zone"), text);
        write(directory.resolve("named.conf"), """
                %5$s
                options { directory "%2$s"; listen-on port %1$d { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
                  session-keyfile none; dnssec-validation no; recursion no; notify-delay 0; };
                controls { };
                logging { channel off { null; }; category queries { off; }; };
                zone "%3$s" { type primary; file "%3$s.zone"; allow-update { key mover; }; allow-transfer { key mover; };
                  notify explicit; also-notify { 127.0.0.1 port %4$d; }; ixfr-from-differences yes; };
                """.formatted(port, directory, origin, secondary, KEY));
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

    /** nsd as a primary that makes IXFR of what changes in its file, and tells another server of it. */
    static Peer nsdPrimary(Path directory, String origin, String text, int secondary) {
        int port = TestServer.freePort();
        write(directory.resolve(origin + ".zone"), text);
        write(directory.resolve("nsd.conf"), """
                server:
                  ip-address: 127.0.0.1@%1$d
                  server-count: 1
                  username: ""
                  zonesdir: "%2$s"
                  pidfile: "%2$s/nsd.pid"
                  database: ""
                  zonelistfile: "%2$s/zonelist"
                  xfrdfile: "%2$s/xfrd"
                  xfrdir: "%2$s"
                  rrl-ratelimit: 0
                remote-control:
                  control-enable: no
                key:
                  name: mover
                  algorithm: hmac-sha256
                  secret: "%5$s"
                zone:
                  name: %3$s
                  zonefile: %3$s.zone
                  provide-xfr: 127.0.0.1 mover
                  notify: 127.0.0.1@%4$d NOKEY
                  store-ixfr: yes
                  create-ixfr: yes
                """.formatted(port, directory, origin, secondary, MaintainTest.SECRET));
        return new Peer(
                directory,
                port,
                List.of(sbin("nsd"), "-d", "-c", directory.resolve("nsd.conf").toString()));
    }

    /** Knot as a primary that takes updates and tells another server of them. */
    static Peer knotPrimary(Path directory, String origin, String text, int secondary) {
        int port = TestServer.freePort();
        write(directory.resolve(origin + ".zone"), text);
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
                key:
                  - id: mover
                    algorithm: hmac-sha256
                    secret: %5$s
                remote:
                  - id: secondary
                    address: 127.0.0.1@%4$d
                acl:
                  - id: mover
                    key: mover
                    action: [transfer, update]
                zone:
                  - domain: %3$s
                    storage: %2$s
                    file: %3$s.zone
                    notify: secondary
                    acl: mover
                """.formatted(port, directory, origin, secondary, MaintainTest.SECRET));
        return new Peer(
                directory,
                port,
                List.of(sbin("knotd"), "-c", directory.resolve("knot.conf").toString()));
    }

    /** Has the server read its changed files (SIGHUP). */
    void reload() {
        run(List.of("kill", "-HUP", Long.toString(process.pid())));
    }

    /** BIND as a secondary that signs with the key {@code mover}. */
    static Peer secondary(Path directory, int port, String origin, int primary, String secret) {
        write(directory.resolve("named.conf"), """
                key mover { algorithm hmac-sha256; secret "%5$s"; };
                options { directory "%2$s"; listen-on port %1$d { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
                  session-keyfile none; dnssec-validation no; recursion no; notify no; };
                controls { };
                logging { channel off { null; }; category queries { off; }; };
                zone "%3$s" { type secondary; file "%3$s.zone"; primaries { 127.0.0.1 port %4$d key mover; }; };
                """.formatted(port, directory, origin, primary, secret));
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

    /** A resolver that knows no other server than the given one. */
    static Peer unbound(Path directory, String forwardTo) {
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
                  local-zone: "test." nodefault
                remote-control:
                  control-enable: no
                forward-zone:
                  name: "."
                  forward-addr: %3$s
                """.formatted(port, directory, forwardTo.replace(':', '@')));
        return new Peer(
                directory,
                port,
                List.of(
                        sbin("unbound"),
                        "-d",
                        "-c",
                        directory.resolve("unbound.conf").toString()));
    }

    /** unbound with a copy of a zone (RFC 8806 has such for the root). */
    static Peer unboundCopying(Path directory, String origin, int primary) {
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
                  local-zone: "test." nodefault
                remote-control:
                  control-enable: no
                auth-zone:
                  name: "%3$s"
                  primary: 127.0.0.1@%4$d
                  for-upstream: no
                """.formatted(port, directory, origin, primary));
        return new Peer(
                directory,
                port,
                List.of(
                        sbin("unbound"),
                        "-d",
                        "-c",
                        directory.resolve("unbound.conf").toString()));
    }

    /** unbound with one name of its own, which it tells over TLS alone at the second port. */
    static Peer unboundOverTls(Path directory, int tlsPort) {
        int port = TestServer.freePort();
        write(directory.resolve("unbound.conf"), """
                server:
                  interface: 127.0.0.1@%1$d
                  interface: 127.0.0.1@%2$d
                  tls-port: %2$d
                  tls-service-key: "%3$s"
                  tls-service-pem: "%4$s"
                  num-threads: 1
                  do-ip6: no
                  chroot: ""
                  username: ""
                  directory: "%5$s"
                  pidfile: ""
                  use-syslog: no
                  module-config: "iterator"
                  local-zone: "tls.test." redirect
                  local-data: "tls.test. 60 IN A 192.0.2.53"
                remote-control:
                  control-enable: no
                """.formatted(
                        port,
                        tlsPort,
                        SecureFixture.key().toAbsolutePath(),
                        SecureFixture.certificate().toAbsolutePath(),
                        directory));
        return new Peer(
                directory,
                port,
                List.of(
                        sbin("unbound"),
                        "-d",
                        "-c",
                        directory.resolve("unbound.conf").toString()));
    }

    /** BIND with one zone, which it tells over TLS too, at the second port. */
    static Peer bindOverTls(Path directory, int tlsPort) {
        int port = TestServer.freePort();
        write(
                directory.resolve("tls.test.zone"),
                "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n* A 192.0.2.53\n");
        write(directory.resolve("named.conf"), """
                tls own { key-file "%3$s"; cert-file "%4$s"; };
                options { directory "%5$s"; listen-on port %1$d { 127.0.0.1; }; listen-on port %2$d tls own { 127.0.0.1; };
                  listen-on-v6 { none; }; pid-file none; session-keyfile none; dnssec-validation no; recursion no; };
                controls { };
                logging { channel off { null; }; category queries { off; }; };
                zone "tls.test" { type primary; file "tls.test.zone"; };
                """.formatted(
                        port,
                        tlsPort,
                        SecureFixture.key().toAbsolutePath(),
                        SecureFixture.certificate().toAbsolutePath(),
                        directory));
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

    /** Debian's servers are not on every user's path. */
    static String sbin(String name) {
        return Files.isExecutable(Path.of("/usr/sbin", name)) ? "/usr/sbin/" + name : name;
    }
}
