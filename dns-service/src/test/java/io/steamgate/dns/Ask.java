package io.steamgate.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** A client that sends what it is told and shows what comes back. */
public final class Ask {
    private static final int PATIENCE = 5000;

    private Ask() {}

    public static Message query(String name, int type) {
        try {
            return Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Message plain(String name, int type) {
        Message query = query(name, type);
        query.getHeader().unsetFlag(Flags.RD);
        return query;
    }

    public static Message edns(String name, int type, int size, boolean dnssec) {
        Message query = query(name, type);
        query.addRecord(
                new org.xbill.DNS.OPTRecord(size, 0, 0, dnssec ? org.xbill.DNS.ExtendedFlags.DO : 0),
                org.xbill.DNS.Section.ADDITIONAL);
        return query;
    }

    /** The answer to a datagram; empty if none comes in {@code millis}. */
    public static Optional<byte[]> udp(InetSocketAddress server, byte[] query, int millis) {
        try (DatagramSocket socket = new DatagramSocket(0, loopback(server))) {
            socket.setSoTimeout(millis);
            socket.send(new DatagramPacket(query, query.length, server));
            DatagramPacket packet = new DatagramPacket(new byte[65535], 65535);
            socket.receive(packet);
            return Optional.of(Arrays.copyOf(packet.getData(), packet.getLength()));
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The loopback address of the server's version of IP. */
    private static InetAddress loopback(InetSocketAddress server) {
        return InetAddress.ofLiteral(server.getAddress() instanceof java.net.Inet6Address ? "::1" : "127.0.0.1");
    }

    public static byte[] udp(InetSocketAddress server, byte[] query) {
        return udp(server, query, PATIENCE).orElseThrow(() -> new AssertionError("no answer"));
    }

    public static Message udp(InetSocketAddress server, Message query) {
        return message(udp(server, query.toWire()));
    }

    public static Message udp(InetSocketAddress server, String name, int type) {
        return udp(server, query(name, type));
    }

    public static Message tcp(InetSocketAddress server, Message query) {
        try (Socket socket = connect(server)) {
            send(socket, query.toWire());
            return message(receive(socket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Socket connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket(server.getAddress(), server.getPort());
        socket.setSoTimeout(PATIENCE);
        return socket;
    }

    public static void send(Socket socket, byte[] message) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        byte[] framed = new byte[message.length + 2];
        framed[0] = (byte) (message.length >>> 8);
        framed[1] = (byte) message.length;
        System.arraycopy(message, 0, framed, 2, message.length);
        out.write(framed);
    }

    public static byte[] receive(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        return message;
    }

    public static Message message(byte[] wire) {
        try {
            return new Message(wire);
        } catch (IOException e) {
            throw new AssertionError("an answer that dnsjava cannot read", e);
        }
    }

    public static int rcode(Message message) {
        return message.getRcode();
    }

    /** The data of the records of a section, as text. */
    public static java.util.List<String> data(Message message, int section) {
        return message.getSection(section).stream()
                .filter(record -> record.getType() != Type.OPT)
                .map(record -> Type.string(record.getType()) + " " + record.rdataToString())
                .toList();
    }
}
