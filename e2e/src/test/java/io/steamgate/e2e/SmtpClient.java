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
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
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

    /** Sends a message by DATA; the content's last line has no end. */
    void send(String sender, String recipient, String content) throws IOException {
        send(sender, recipient, content + "\r\n", false);
    }

    /**
     * Sends a message; fails with what was said against it.
     *
     * @param content its octets as ISO 8859-1; lines end with CRLF, and dots are not doubled
     * @param chunks by BDAT, in two of them
     */
    void send(String sender, String recipient, String content, boolean chunks) throws IOException {
        envelope(sender, recipient);
        if (chunks) {
            int half = content.length() / 2;
            write("BDAT " + half + "\r\n" + content.substring(0, half));
            expect("250");
            write("BDAT " + (content.length() - half) + " LAST\r\n" + content.substring(half));
            expect("250");
        } else {
            command("DATA", "354");
            write(content.replaceAll("(?m)^\\.", ".."));
            command(".", "250");
        }
        command("QUIT", "221");
    }

    /** Sends a message of a block of lines, many times over; a block begins no line with a dot. */
    void sendBlocks(String sender, String recipient, byte[] block, long times) throws IOException {
        envelope(sender, recipient);
        command("DATA", "354");
        for (long i = 0; i < times; i++) {
            socket.getOutputStream().write(block);
        }
        command(".", "250");
        command("QUIT", "221");
    }

    private void envelope(String sender, String recipient) throws IOException {
        expect("220");
        command("EHLO client.test", "250");
        command("MAIL FROM:<" + sender + "> BODY=8BITMIME", "250");
        command("RCPT TO:<" + recipient + ">", "250");
    }

    private void command(String line, String expected) throws IOException {
        write(line + "\r\n");
        expect(expected);
    }

    private void expect(String expected) throws IOException {
        String reply = reply();
        if (!reply.startsWith(expected)) {
            throw new IOException("instead of " + expected + ": " + reply);
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
