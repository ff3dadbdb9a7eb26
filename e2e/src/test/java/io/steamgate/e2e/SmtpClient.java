package io.steamgate.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection to a mail server of this machine, line by line. */
final class SmtpClient implements AutoCloseable {
    private final Socket socket;

    SmtpClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(30_000);
    }

    void write(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The last line of the next reply. */
    String reply() throws IOException {
        StringBuilder line = new StringBuilder();
        int c;
        while ((c = socket.getInputStream().read()) >= 0) {
            if (c == '\n') {
                if (line.length() > 3 && line.charAt(3) == ' ') {
                    return line.toString();
                }
                line.setLength(0);
            } else {
                line.append((char) c);
            }
        }
        throw new IOException("the connection ended");
    }

    boolean ask(String line, String expected) throws IOException {
        write(line + "\r\n");
        return reply().startsWith(expected);
    }

    /** Sends a message; fails with what was said against it. */
    void send(String sender, String recipient, String content) throws IOException {
        reply();
        for (String[] step : new String[][] {
            {"EHLO client.test", "250"},
            {"MAIL FROM:<" + sender + ">", "250"},
            {"RCPT TO:<" + recipient + ">", "250"},
            {"DATA", "354"},
            {content + "\r\n.", "250"}
        }) {
            write(step[0] + "\r\n");
            String reply = reply();
            if (!reply.startsWith(step[1])) {
                throw new IOException(step[0] + ": " + reply);
            }
        }
    }

    /** Whether something on the port greets. */
    static boolean greets(int port) {
        try (SmtpClient client = new SmtpClient(port)) {
            return client.reply().startsWith("220");
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends the connection without a farewell. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
