package io.steamgate.dns;

import io.steamgate.dns.wire.Dns;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;

/** A primary with one zone, of which a test says the serial and how it is transferred. */
final class FakePrimary implements AutoCloseable {
    static final String ORIGIN = "copied.test.";

    /** Questions that it did not refuse, in order. */
    final List<Message> asked = new CopyOnWriteArrayList<>();

    volatile long serial = 1;
    private final FakeServer server = new FakeServer((query, stream) -> List.of());

    /** Has the whole zone for whoever asks for it, or for what changed. */
    FakePrimary() {
        transfers(FakePrimary::zone);
    }

    static String soa(long serial) {
        return ORIGIN + " 60 SOA ns." + ORIGIN + " host." + ORIGIN + " " + serial + " 600 60 3600 30";
    }

    static String address(String name, String address) {
        return name + "." + ORIGIN + " 60 A " + address;
    }

    static byte[] message(Message query, String... records) {
        Message answer = FakeServer.answer(query, 0, records);
        answer.getHeader().setFlag(Flags.AA);
        return answer.toWire();
    }

    /** The zone of a serial, in two messages. */
    static List<byte[]> zone(Message query, long serial) {
        return List.of(
                message(query, soa(serial), ORIGIN + " 60 NS ns." + ORIGIN),
                message(query, address("www", "192.0.2." + serial), soa(serial)));
    }

    /** The zone, its first messages signed. */
    List<byte[]> signed(Message query, TSIG key, int count) {
        TSIG.StreamGenerator signer = new TSIG.StreamGenerator(key, query.getTSIG());
        List<byte[]> messages = new ArrayList<>();
        for (byte[] wire : zone(query, serial)) {
            Message message = Ask.message(wire);
            if (messages.size() < count) {
                signer.generate(message);
            }
            messages.add(message.toWire(Dns.MAX_MESSAGE));
        }
        return messages;
    }

    /** From now on tells its SOA record to who asks for that, and to who asks for a zone what {@code transfer} makes of its serial. */
    void transfers(BiFunction<Message, Long, List<byte[]>> transfer) {
        server.behave((query, stream) -> {
            asked.add(query);
            return query.getQuestion().getType() == Type.SOA
                    ? List.of(message(query, soa(serial)))
                    : transfer.apply(query, serial);
        });
    }

    /** From now on answers with a code and nothing else. */
    void refuses(int rcode) {
        refuses(rcode, new CopyOnWriteArrayList<>());
    }

    /** The same, and notes the zones that it is asked for. */
    void refuses(int rcode, List<String> zones) {
        server.behave((query, stream) -> {
            zones.add(query.getQuestion().getName().toString());
            return List.of(FakeServer.answer(query, rcode).toWire());
        });
    }

    String address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
    }
}
