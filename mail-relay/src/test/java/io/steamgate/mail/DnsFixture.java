package io.steamgate.mail;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A DNS server with a few records: other names do not exist. */
public final class DnsFixture implements AutoCloseable {
    private final DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final List<Record> records;

    /** @param lines {@code NAME TYPE DATA}; {@code silent.*} is not answered, {@code broken.*} and {@code refused.*} with an error */
    public DnsFixture(String... lines) throws IOException {
        records = List.of(lines).stream().map(DnsFixture::record).toList();
        Thread.ofVirtual().start(this::serve);
    }

    private static Record record(String line) {
        String[] words = line.split(" ", 3);
        try {
            return Record.fromString(Name.fromString(words[0] + "."), Type.value(words[1]), 1, 60, words[2], Name.root);
        } catch (IOException e) {
            throw new IllegalArgumentException(line, e);
        }
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private void serve() {
        byte[] buffer = new byte[1500];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                Message query = new Message(java.util.Arrays.copyOf(buffer, packet.getLength()));
                if (query.getQuestion().getName().toString().startsWith("silent.")) {
                    continue;
                }
                byte[] answer = answer(query).toWire();
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            // Closed: the test is over.
        }
    }

    private Message answer(Message query) {
        Record question = query.getQuestion();
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RA);
        answer.addRecord(question, Section.QUESTION);
        List<Record> named = records.stream()
                .filter(r -> r.getName().equals(question.getName()))
                .toList();
        named.stream().filter(r -> r.getType() == question.getType()).forEach(r -> answer.addRecord(r, Section.ANSWER));
        if (named.isEmpty()) {
            String name = question.getName().toString();
            answer.getHeader()
                    .setRcode(
                            name.startsWith("broken.")
                                    ? Rcode.SERVFAIL
                                    : name.startsWith("refused.") ? Rcode.REFUSED : Rcode.NXDOMAIN);
        }
        return answer;
    }

    @Override
    public void close() {
        socket.close();
    }
}
