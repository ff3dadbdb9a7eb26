package io.steamgate.mail;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Mailboxes in a directory of their own, a port for the destination of b.test, and a certificate. */
public class MailFixture implements QuarkusTestResourceLifecycleManager {

    /** Where things are; kept as system properties, which are the same for every class loader. */
    static Path root() {
        return Path.of(System.getProperty("steamgate.test.root"));
    }

    static int port(String name) {
        return Integer.getInteger("steamgate.test.port." + name);
    }

    private static String choosePort(String name) throws IOException {
        String port = Integer.toString(freePort());
        System.setProperty("steamgate.test.port." + name, port);
        return port;
    }

    @Override
    public Map<String, String> start() {
        try {
            Path root = Files.createTempDirectory("steamgate-mail");
            System.setProperty("steamgate.test.root", root.toString());
            Files.writeString(root.resolve("routes"), "a.test maildir\nb.test green\n* green\n");
            Files.writeString(root.resolve("passwords"), "joe:" + TestVerifier.of("secret") + "\n");
            TestCertificate.write(root.resolve("tls.p12"));
            Map<String, String> config = new HashMap<>();
            String prefix = "steamgate.mail.";
            for (String name : new String[] {"smtp", "submission", "submissions"}) {
                config.put(prefix + "listeners." + name + ".port", choosePort(name));
                config.put(prefix + "listeners." + name + ".host", "127.0.0.1");
                config.put(prefix + "listeners." + name + ".tls", name.equals("submissions") ? "implicit" : "starttls");
                config.put(prefix + "listeners." + name + ".tls-configuration-name", "mail");
                config.put(prefix + "listeners." + name + ".auth", name.equals("smtp") ? "offered" : "required");
            }
            String management = choosePort("management");
            config.put("quarkus.management.port", management);
            config.put("quarkus.management.test-port", management);
            config.put("quarkus.management.host", "127.0.0.1");
            config.put(prefix + "hostname", "relay.test");
            config.put(prefix + "routes", root.resolve("routes").toString());
            config.put(prefix + "password-file", root.resolve("passwords").toString());
            config.put(prefix + "maildir.path", root + "/mail/{domain}/{local}");
            config.put(prefix + "maildir.create", "true");
            config.put(prefix + "policy.dkim", "mark");
            config.put(prefix + "policy.inspect-limit", "100000");
            config.put(prefix + "xclient-clients", "127.0.0.2");
            config.put(prefix + "destinations.green.servers", "127.0.0.1:" + choosePort("green"));
            config.put(
                    "quarkus.tls.mail.key-store.p12.path",
                    root.resolve("tls.p12").toString());
            config.put("quarkus.tls.mail.key-store.p12.password", TestCertificate.PASSWORD);
            return config;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void stop() {}
}
