package io.steamgate.dns.maintain;

import io.steamgate.dns.serve.Client;
import io.steamgate.dns.serve.Specials;
import io.steamgate.dns.wire.Dns;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.WireParseException;

/** Takes what is no plain question to whom it concerns, on a thread of its own and so many at a time. */
public final class Maintenance implements Specials {
    private static final Logger LOG = Logger.getLogger(Maintenance.class);
    private static final int AT_ONCE = 64;

    private final Keyring keys;
    private final Transfers transfers;
    private final Updates updates;
    private final Secondaries secondaries;
    private final SignedQuestions questions;
    private final Semaphore places = new Semaphore(AT_ONCE);
    public final LongAdder refused = new LongAdder();

    public Maintenance(
            Keyring keys, Transfers transfers, Updates updates, Secondaries secondaries, SignedQuestions questions) {
        this.keys = keys;
        this.transfers = transfers;
        this.updates = updates;
        this.secondaries = secondaries;
        this.questions = questions;
    }

    @Override
    public void take(byte[] query, Client client, Consumer<List<byte[]>> done) {
        if (!places.tryAcquire()) {
            refused.increment();
            done.accept(List.of());
            return;
        }
        Thread.ofVirtual().start(() -> {
            try {
                done.accept(answer(query, client));
            } finally {
                places.release();
            }
        });
    }

    private List<byte[]> answer(byte[] query, Client client) {
        Message message;
        try {
            message = read(query);
        } catch (IOException | RuntimeException e) {
            return List.of(code(query, Rcode.FORMERR));
        }
        try {
            return switch (keys.check(message, query)) {
                case Keyring.Invalid invalid -> List.of(invalid.answer());
                case Keyring.Signature signature -> dispatch(message, query, client, signature);
            };
        } catch (IOException | RuntimeException e) {
            LOG.errorf(
                    e,
                    "a message of opcode %d could not be answered",
                    message.getHeader().getOpcode());
            return List.of(code(query, Rcode.SERVFAIL));
        }
    }

    private List<byte[]> dispatch(Message message, byte[] query, Client client, Keyring.Signature signature)
            throws IOException {
        return switch (message.getHeader().getOpcode()) {
            case Dns.OPCODE_UPDATE -> List.of(sign(respond(message, updates.take(message, signature)), signature));
            case Dns.OPCODE_NOTIFY -> {
                Message heard = respond(message, secondaries.notified(message, client.address(), signature));
                heard.getHeader().setFlag(Flags.AA);
                yield List.of(sign(heard, signature));
            }
            default ->
                switch (message.getQuestion().getType()) {
                    case Dns.AXFR, Dns.IXFR -> transfers.take(message, client, signature);
                    default -> questions.take(message, query, client, signature);
                };
        };
    }

    /**
     * Reads a message of which all is there that its header counts: the library takes one with TC that ends early for whole, and
     * then throws where somebody looks for the rest.
     *
     * @throws IOException if it is none
     */
    static Message read(byte[] wire) throws IOException {
        Message message = new Message(wire);
        for (int section = Section.QUESTION; section <= Section.ADDITIONAL; section++) {
            if (message.getSection(section).size() != message.getHeader().getCount(section)) {
                throw new WireParseException("it ends early");
            }
        }
        return message;
    }

    /** A message that answers with a code and nothing else. */
    static Message respond(Message query, int rcode) {
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setOpcode(query.getHeader().getOpcode());
        answer.getHeader().setRcode(rcode);
        answer.addRecord(query.getQuestion(), Section.QUESTION);
        return answer;
    }

    static byte[] sign(Message answer, Keyring.Signature signature) {
        if (signature instanceof Keyring.Valid valid) {
            answer.setTSIG(valid.key(), Rcode.NOERROR, valid.record());
        }
        return answer.toWire(Dns.MAX_MESSAGE);
    }

    /** For what dnsjava cannot read: the header and the code. */
    private static byte[] code(byte[] query, int rcode) {
        byte[] answer = new byte[Dns.HEADER];
        System.arraycopy(query, 0, answer, 0, 4);
        answer[2] = (byte) (query[2] & 0x79 | 0x80);
        answer[3] = (byte) rcode;
        return answer;
    }
}
