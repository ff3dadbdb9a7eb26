package io.steamgate.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A certificate for localhost and dns.test, made once for all tests. */
final class SecureFixture {
    static final String PASSWORD = "changeit";
    private static final Path DIRECTORY = make();

    private SecureFixture() {}

    static Path keyStore() {
        return DIRECTORY.resolve("tls.p12");
    }

    static Path certificate() {
        return DIRECTORY.resolve("tls.pem");
    }

    /** The certificate's key, for servers that others wrote. */
    static Path key() {
        return DIRECTORY.resolve("tls.key");
    }

    private static Path make() {
        try {
            Path directory = Files.createDirectories(
                    Path.of("target", "tls-" + ProcessHandle.current().pid()));
            String keytool =
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
            String store = directory.resolve("tls.p12").toString();
            Peer.run(List.of(
                    keytool,
                    "-genkeypair",
                    "-alias",
                    "dns",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=dns.test",
                    "-ext",
                    "san=dns:dns.test,dns:localhost,ip:127.0.0.1",
                    "-ext",
                    "bc=ca:true",
                    "-storetype",
                    "PKCS12",
                    "-storepass",
                    PASSWORD,
                    "-keystore",
                    store));
            Peer.run(List.of(
                    keytool,
                    "-exportcert",
                    "-rfc",
                    "-alias",
                    "dns",
                    "-storepass",
                    PASSWORD,
                    "-keystore",
                    store,
                    "-file",
                    directory.resolve("tls.pem").toString()));
            Peer.run(List.of(
                    "openssl",
                    "pkcs12",
                    "-in",
                    store,
                    "-nocerts",
                    "-nodes",
                    "-passin",
                    "pass:" + PASSWORD,
                    "-out",
                    directory.resolve("tls.key").toString()));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
