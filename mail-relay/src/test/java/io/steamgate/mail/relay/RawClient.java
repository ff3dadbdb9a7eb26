package io.steamgate.mail.relay;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLSocket;

/** A client that writes what it is told and reads replies. */
public final class RawClient implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    public RawClient(InetSocketAddress server) throws IOException {
        socket.connect(server, 5000);
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    public RawClient write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return this;
    }

    public void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** By which an edge says whose connection it is: PROXY protocol version 2, for two addresses of one family. */
    static byte[] proxyHeader(InetSocketAddress from, InetSocketAddress to) {
        byte[] client = from.getAddress().getAddress();
        int length = 2 * client.length + 4;
        return ByteBuffer.allocate(16 + length)
                .put(new byte[] {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21})
                .put((byte) (client.length == 4 ? 0x11 : 0x21))
                .putShort((short) length)
                .put(client)
                .put(to.getAddress().getAddress())
                .putShort((short) from.getPort())
                .putShort((short) to.getPort())
                .array();
    }

    /** The next reply, its lines without code joined by {@code |}; empty at the end of the connection. */
    public String reply() throws IOException {
        StringBuilder lines = new StringBuilder();
        while (true) {
            String line = line();
            if (line.length() < 4) {
                return lines + line;
            }
            lines.append(line.isEmpty() ? "" : line);
            if (line.charAt(3) == ' ') {
                return lines.toString();
            }
            lines.append('|');
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        int c;
        while ((c = in.read()) >= 0) {
            if (c == '\n') {
                return line.substring(0, line.length() - 1);
            }
            line.append((char) c);
        }
        return line.toString();
    }

    public String ask(String line) throws IOException {
        return write(line + "\r\n").reply();
    }

    /** The connection with a greeting and an EHLO behind it. */
    public RawClient hello() throws IOException {
        reply();
        ask("EHLO client.test");
        return this;
    }

    /** Ends the connection without a farewell. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Shakes hands on the same connection, and believes any certificate. */
    public SSLSocket secure() throws IOException, GeneralSecurityException {
        SSLSocket tls = (SSLSocket)
                RelayFixture.anyone().getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        tls.startHandshake();
        return tls;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
