package io.steamgate.dns.maintain;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.TextParseException;

/** Keys that messages are signed with (TSIG, RFC 8945), by name. */
public final class Keyring {
    private final Map<Name, TSIG> keys = new HashMap<>();

    /** A key with its name. */
    public record Key(Name name, TSIG secret) {}

    /** What a message's signature is worth. */
    public sealed interface Signature {}

    /** There is none. */
    public record Unsigned() implements Signature {}

    /** It was made with this key. */
    public record Valid(Name name, TSIG key, TSIGRecord record) implements Signature {}

    /** It was not, or too long ago; {@code answer} tells so (RFC 8945 §5.2). */
    public record Invalid(byte[] answer) implements Signature {}

    /**
     * Adds a key.
     *
     * @param algorithm e.g. {@code hmac-sha256}
     * @param secret in base 64
     * @throws IllegalArgumentException naming what is wrong
     */
    public void add(String name, String algorithm, String secret) {
        try {
            byte[] octets = java.util.Base64.getDecoder().decode(secret);
            if (octets.length < 16) {
                throw new IllegalArgumentException("key " + name + ": a secret has at least 16 octets, in base 64");
            }
            Name absolute = Name.fromString(name, Name.root);
            keys.put(absolute, new TSIG(TSIG.algorithmToName(algorithm), absolute, octets));
        } catch (TextParseException | IllegalArgumentException e) {
            throw new IllegalArgumentException("key " + name + ": " + e.getMessage());
        }
    }

    /** The key of a name. */
    public Optional<Key> find(String name) {
        try {
            Name absolute = Name.fromString(name, Name.root);
            return Optional.ofNullable(keys.get(absolute)).map(key -> new Key(absolute, key));
        } catch (TextParseException e) {
            return Optional.empty();
        }
    }

    /** Looks at the signature of a message. */
    public Signature check(Message message, byte[] wire) {
        TSIGRecord record = message.getTSIG();
        if (record == null) {
            return new Unsigned();
        }
        TSIG key = keys.get(record.getName());
        if (key == null) {
            return new Invalid(unsigned(message, record, Rcode.BADKEY));
        }
        int error = key.verify(message, wire, null);
        if (error == Rcode.NOERROR) {
            return new Valid(record.getName(), key, record);
        }
        if (error == Rcode.BADTIME) {
            // The one error that is signed, so that a client can learn the time from it (RFC 8945 §5.2.3).
            Message answer = refusal(message);
            answer.setTSIG(key, Rcode.BADTIME, record);
            return new Invalid(answer.toWire(65535));
        }
        return new Invalid(unsigned(message, record, Rcode.BADSIG));
    }

    private static Message refusal(Message message) {
        Message answer = new Message(message.getHeader().getID());
        answer.getHeader().setOpcode(message.getHeader().getOpcode());
        answer.getHeader().setFlag(org.xbill.DNS.Flags.QR);
        answer.getHeader().setRcode(Rcode.NOTAUTH);
        if (message.getQuestion() != null) {
            answer.addRecord(message.getQuestion(), org.xbill.DNS.Section.QUESTION);
        }
        return answer;
    }

    private static byte[] unsigned(Message message, TSIGRecord record, int error) {
        Message answer = refusal(message);
        answer.addRecord(
                new TSIGRecord(
                        record.getName(),
                        org.xbill.DNS.DClass.ANY,
                        0,
                        record.getAlgorithm(),
                        record.getTimeSigned(),
                        record.getFudge(),
                        new byte[0],
                        message.getHeader().getID(),
                        error,
                        new byte[0]),
                org.xbill.DNS.Section.ADDITIONAL);
        return answer.toWire();
    }
}
