package io.steamgate.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A server that answers by datagram and by stream as a test says. */
public final class FakeServer implements AutoCloseable {
    /** Every query that came, in order. */
    public final List<Message> queries = new CopyOnWriteArrayList<>();

    private final DatagramSocket datagrams;
    private final ServerSocket streams;
    private volatile BiFunction<Message, Boolean, List<byte[]>> behaviour;

    /** @param behaviour query, and whether it came by stream; what to send back */
    public FakeServer(BiFunction<Message, Boolean, List<byte[]>> behaviour) {
        this("127.0.0.1", 0, behaviour);
    }

    /** At a loopback address, e.g. {@code ::1}. */
    public FakeServer(String address, int port, BiFunction<Message, Boolean, List<byte[]>> behaviour) {
        this.behaviour = behaviour;
        InetAddress at = InetAddress.ofLiteral(address);
        try {
            streams = new ServerSocket(port, 16, at);
            datagrams = new DatagramSocket(streams.getLocalPort(), at);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::serveDatagrams);
        Thread.ofVirtual().start(this::serveStreams);
    }

    public void behave(BiFunction<Message, Boolean, List<byte[]>> other) {
        behaviour = other;
    }

    public int port() {
        return streams.getLocalPort();
    }

    public String address() {
        return "127.0.0.1:" + port();
    }

    private void serveDatagrams() {
        byte[] buffer = new byte[65535];
        while (!datagrams.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                datagrams.receive(packet);
                Message query = new Message(Arrays.copyOf(buffer, packet.getLength()));
                queries.add(query);
                for (byte[] answer : behaviour.apply(query, false)) {
                    datagrams.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // Closed, or the asker has gone.
            }
        }
    }

    private void serveStreams() {
        while (!streams.isClosed()) {
            try {
                Socket socket = streams.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            while (true) {
                Message query = new Message(Ask.receive(socket));
                queries.add(query);
                for (byte[] answer : behaviour.apply(query, true)) {
                    Ask.send(socket, answer);
                }
            }
        } catch (IOException e) {
            // The asker has gone.
        }
    }

    /** An answer with these records, e.g. {@code "a.test. 60 A 192.0.2.1"}; in the authority section after {@code "--"}. */
    public static Message answer(Message query, int rcode, String... records) {
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RD);
        answer.getHeader().setFlag(Flags.RA);
        answer.getHeader().setRcode(rcode);
        answer.addRecord(query.getQuestion(), Section.QUESTION);
        int section = Section.ANSWER;
        for (String text : records) {
            if (text.equals("--")) {
                section++;
                continue;
            }
            String[] words = text.split(" ", 4);
            try {
                answer.addRecord(
                        Record.fromString(
                                Name.fromString(words[0]),
                                org.xbill.DNS.Type.value(words[2]),
                                DClass.IN,
                                Long.parseLong(words[1]),
                                words[3],
                                Name.root),
                        section);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return answer;
    }

    public static List<byte[]> answers(Message query, String... records) {
        return List.of(answer(query, 0, records).toWire());
    }

    @Override
    public void close() {
        datagrams.close();
        try {
            streams.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
