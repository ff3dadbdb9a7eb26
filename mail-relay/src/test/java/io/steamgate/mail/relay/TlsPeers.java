package io.steamgate.mail.relay;

import io.steamgate.mail.TestCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Clients and a server that speak TLS, in a process of their own, so that what they hold is not counted with the relay. The
 * argument is a key store; the server's port is told first, and then a line is read: the relay's port, whether TLS is implicit
 * there, how many clients to be, and whether they send content.
 */
final class TlsPeers {
    private static final byte[] PIECE = RelayFixture.text(16_000).getBytes(StandardCharsets.US_ASCII);

    private final SSLContext own;
    private final SSLContext anyone;
    private final List<Socket> clients = new ArrayList<>();
    /** Connections of the server: one that nobody knows any more would be closed. */
    private final Queue<Socket> served = new ConcurrentLinkedQueue<>();

    private TlsPeers(Path store) throws IOException, GeneralSecurityException {
        own = TestCertificate.context(store);
        anyone = RelayFixture.anyone();
    }

    public static void main(String[] args) throws Exception {
        TlsPeers peers = new TlsPeers(Path.of(args[0]));
        try (ServerSocket server = new ServerSocket()) {
            server.setReceiveBufferSize(4096);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
            System.out.println(server.getLocalPort());
            Thread.ofVirtual().start(() -> peers.accept(server));
            BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String line = orders.readLine(); line != null; line = orders.readLine()) {
                String[] order = line.split(" ", -1);
                for (int i = Integer.parseInt(order[2]); i > 0; i--) {
                    peers.client(
                            Integer.parseInt(order[0]), Boolean.parseBoolean(order[1]), Boolean.parseBoolean(order[3]));
                }
                System.out.println("ready");
            }
        }
    }

    private void accept(ServerSocket server) {
        try {
            while (true) {
                Socket socket = server.accept();
                served.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // The end.
        }
    }

    /** Says yes up to 354, and reads no more. */
    private void serve(Socket plain) {
        try {
            Socket socket = plain;
            say(socket, "220 server.test");
            while (true) {
                String line = line(socket.getInputStream());
                if (line.startsWith("EHLO")) {
                    say(socket, socket == plain ? "250-server.test\r\n250 STARTTLS" : "250 server.test");
                } else if (line.startsWith("STARTTLS")) {
                    say(socket, "220 go on");
                    SSLSocket tls = (SSLSocket) own.getSocketFactory().createSocket(plain, null, plain.getPort(), true);
                    tls.setUseClientMode(false);
                    tls.startHandshake();
                    socket = tls;
                } else if (line.startsWith("DATA")) {
                    say(socket, "354 go on");
                    return;
                } else {
                    say(socket, "250 ok");
                }
            }
        } catch (IOException e) {
            // The end.
        }
    }

    private void client(int port, boolean implicit, boolean content) throws IOException {
        Socket plain = new Socket();
        // Little, or it takes long until nothing moves any more.
        plain.setSendBufferSize(16 * 1024);
        plain.bind(new InetSocketAddress("127.0.0." + (2 + clients.size() % 8), 0));
        plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (!implicit) {
            hear(plain);
            ask(plain, "EHLO client.test");
            ask(plain, "STARTTLS");
        }
        SSLSocket tls = (SSLSocket) anyone.getSocketFactory().createSocket(plain, "localhost", port, true);
        tls.startHandshake();
        clients.add(tls);
        if (implicit) {
            hear(tls);
        }
        ask(tls, "EHLO client.test");
        if (content) {
            ask(tls, "MAIL FROM:<s@x.test>");
            ask(tls, "RCPT TO:<joe@b.test>");
            ask(tls, "DATA");
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        tls.getOutputStream().write(PIECE);
                    }
                } catch (IOException e) {
                    // The end.
                }
            });
        }
    }

    private static void ask(Socket socket, String line) throws IOException {
        say(socket, line);
        hear(socket);
    }

    private static void say(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** The next reply, which is not to be a refusal. */
    private static void hear(Socket socket) throws IOException {
        String line;
        do {
            line = line(socket.getInputStream());
        } while (line.startsWith("-", 3));
        if (line.isEmpty() || line.charAt(0) > '3') {
            throw new IOException(line);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection ended behind " + line);
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }
}
