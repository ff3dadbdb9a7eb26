package io.steamgate.mail.relay;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A destination that answers as it is told and remembers how each of its connections ended. Where a script has no answer for a
 * verb, the usual one is given.
 */
public final class ScriptedServer implements AutoCloseable {
    /** What to do when something is heard. */
    public interface Script {
        /** @param verb {@code CONNECT}, a command's first word, {@code CONTENT} for the first content, {@code END} for its end */
        String answer(String verb, String line);
    }

    /** Answers that are no reply. */
    public static final String RESET = "!reset";

    public static final String CLOSE = "!close";
    public static final String SILENCE = "!silence";
    public static final String USUAL = "";

    private final ServerSocket listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    private final Script script;
    private final List<String> extensions;
    private final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    /** Messages that came whole, without the end. */
    public final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    /** How connections ended: {@code quit}, {@code fin}, {@code rst}, with what had come of a message. */
    public final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    /** All command lines. */
    public final BlockingQueue<String> commands = new LinkedBlockingQueue<>();

    public ScriptedServer(List<String> extensions, Script script) throws IOException {
        this.script = script;
        this.extensions = extensions;
        start(this::accept);
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listening.getLocalSocketAddress();
    }

    private void start(Runnable task) {
        threads.add(Thread.ofVirtual().start(task));
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listening.accept();
                start(() -> serve(socket));
            }
        } catch (IOException e) {
            // Closed: the test is over.
        }
    }

    private void serve(Socket socket) {
        StringBuilder content = new StringBuilder();
        String end = "fin";
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            commands.add("CONNECT");
            if (!say(socket, "CONNECT", "", "220 server.test")) {
                end = "script";
                return;
            }
            while (true) {
                String line = line(in);
                commands.add(line);
                String verb = line.split("[ :]", 2)[0].toUpperCase(Locale.ROOT);
                String usual = switch (verb) {
                    case "EHLO", "LHLO" -> ehlo();
                    case "DATA" -> "354 go on";
                    case "QUIT" -> "221 bye";
                    case "STARTTLS" -> "220 go on";
                    default -> "250 ok";
                };
                if (!say(socket, verb, line, usual)) {
                    end = "script";
                    return;
                }
                if (verb.equals("QUIT")) {
                    end = "quit";
                    return;
                }
                if (verb.equals("STARTTLS")) {
                    // The first octet of the handshake is waited for, so that nothing is taken for another reply.
                    if (in.read() < 0 || !say(socket, script.answer("HANDSHAKE", ""))) {
                        end = "script";
                        return;
                    }
                }
                if (verb.equals("DATA")) {
                    String refusal = script.answer("DATA", line);
                    if (refusal.startsWith("4") || refusal.startsWith("5")) {
                        continue;
                    }
                    if (!content(socket, in, content)) {
                        end = "script";
                        return;
                    }
                    messages.add(content.toString());
                    content.setLength(0);
                    if (!say(socket, "END", "", "250 stored")) {
                        end = "script";
                        return;
                    }
                }
            }
        } catch (EndOfConnection e) {
            end = "fin";
        } catch (IOException e) {
            end = "rst";
        } finally {
            ends.add(end + ":" + content);
        }
    }

    private String ehlo() {
        StringBuilder reply = new StringBuilder("250-server.test\r\n");
        for (String extension : extensions) {
            reply.append("250-").append(extension).append("\r\n");
        }
        return reply.append("250 HELP").toString();
    }

    private boolean content(Socket socket, InputStream in, StringBuilder content) throws IOException {
        boolean told = false;
        while (true) {
            int c = in.read();
            if (c < 0) {
                throw new EndOfConnection();
            }
            content.append((char) c);
            if (!told) {
                told = true;
                String answer = script.answer("CONTENT", "");
                if (!answer.equals(USUAL) && !say(socket, answer)) {
                    return false;
                }
            }
            if (content.length() >= 5 && content.substring(content.length() - 5).equals("\r\n.\r\n")) {
                content.setLength(content.length() - 3);
                return true;
            }
        }
    }

    private boolean say(Socket socket, String verb, String line, String usual) throws IOException {
        String answer = script.answer(verb, line);
        return say(socket, answer.equals(USUAL) ? usual : answer);
    }

    private static boolean say(Socket socket, String answer) throws IOException {
        switch (answer) {
            case RESET -> {
                socket.setSoLinger(true, 0);
                return false;
            }
            case CLOSE -> {
                return false;
            }
            case SILENCE -> {
                return true;
            }
            default -> {
                socket.getOutputStream().write((answer + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                return true;
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int c;
        while ((c = in.read()) != '\n') {
            if (c < 0) {
                throw new EndOfConnection();
            }
            line.write(c);
        }
        return line.toString(StandardCharsets.ISO_8859_1).strip();
    }

    private static final class EndOfConnection extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** How the next connection ended. */
    public String end() throws InterruptedException {
        String end = ends.poll(20, TimeUnit.SECONDS);
        return end == null ? "none" : end;
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
