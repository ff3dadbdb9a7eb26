package io.steamgate.dns.maintain;

import io.steamgate.dns.maintain.Secondaries.Outcome;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.Zone;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;

/**
 * One connection to a primary: asks for a zone's serial, for what changed since a version (IXFR, RFC 1995), for all of it (AXFR,
 * RFC 5936); signed, and only signed answers are believed, where there is a key (RFC 8945). The serial is asked for by stream as well:
 * nobody who guesses can keep an old zone in force. Used by one thread.
 */
final class TransferClient implements AutoCloseable {
    /** Longest time that a transfer takes however steadily it comes. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private final byte[] origin;
    private final Optional<Keyring.Key> key;
    private final Duration patience;
    private final long maxWeight;
    private final long endsAt = System.nanoTime() + LONGEST.toNanos();
    private final Socket socket = new Socket();

    /** A zone that came, and whether only its changes did. */
    record Received(Zone zone, boolean incremental) {}

    /**
     * Connects.
     *
     * @param patience how long a connection or the next message may take
     * @param maxWeight what a zone may weigh, as in {@link IncomingZone}
     */
    TransferClient(
            InetSocketAddress primary, byte[] origin, Optional<Keyring.Key> key, Duration patience, long maxWeight)
            throws TransferException {
        this.origin = origin;
        this.key = key;
        this.patience = patience;
        this.maxWeight = maxWeight;
        try {
            socket.setTcpNoDelay(true);
            socket.connect(primary, (int) patience.toMillis());
        } catch (IOException e) {
            close();
            throw new TransferException(Outcome.UNREACHABLE, String.valueOf(e.getMessage()));
        }
    }

    /** The primary's SOA serial. */
    long serial() throws TransferException {
        Message query = query(Dns.SOA);
        Optional<TSIGRecord> signature = send(query);
        byte[] wire = receive(Outcome.UNREACHABLE);
        Message answer = parse(wire, query);
        int error = key.isEmpty() ? Rcode.NOERROR : key.get().secret().verify(answer, wire, signature.orElseThrow());
        if (error != Rcode.NOERROR) {
            throw badSignature(answer, error);
        }
        accept(answer);
        if (!answer.getHeader().getFlag(Flags.AA)) {
            throw new TransferException(Outcome.REFUSED, "it has no authority over the zone");
        }
        for (Record record : answer.getSection(Section.ANSWER)) {
            if (record instanceof org.xbill.DNS.SOARecord soa && isOrigin(record.getName())) {
                return soa.getSerial();
            }
        }
        throw new TransferException(Outcome.REFUSED, "it has no SOA record");
    }

    /** The whole zone. */
    Received whole() throws TransferException {
        return transfer(Optional.empty())
                .orElseThrow(() -> new TransferException(Outcome.MALFORMED, "there is no zone in it"));
    }

    /** What has changed since a version, or the whole zone where the primary prefers that; empty if nothing has. */
    Optional<Received> changes(Zone since) throws TransferException {
        return transfer(Optional.of(since));
    }

    private Optional<Received> transfer(Optional<Zone> since) throws TransferException {
        Message query = query(since.isPresent() ? Dns.IXFR : Dns.AXFR);
        since.ifPresent(zone -> query.addRecord(Transfers.record(zone.soaRecord()), Section.AUTHORITY));
        Optional<TSIGRecord> signature = send(query);
        Optional<TSIG.StreamVerifier> verifier =
                key.map(k -> new TSIG.StreamVerifier(k.secret(), signature.orElseThrow()));
        IncomingZone zone = new IncomingZone(origin, since, maxWeight);
        boolean first = true;
        while (!zone.isDone()) {
            byte[] wire = receive(first ? Outcome.UNREACHABLE : Outcome.BROKEN_OFF);
            Message message = parse(wire, query);
            // A code may end the transfer at any message (RFC 5936 §2.2), and is believed when it is signed.
            boolean failed = message.getRcode() != Rcode.NOERROR;
            for (Record record : failed ? java.util.List.<Record>of() : message.getSection(Section.ANSWER)) {
                zone.take(record);
            }
            // The last one must be signed, whatever was signed in between (RFC 8945 §5.3.1).
            int error =
                    verifier.isEmpty() ? Rcode.NOERROR : verifier.get().verify(message, wire, failed || zone.isDone());
            if (error != Rcode.NOERROR) {
                throw badSignature(message, error);
            }
            accept(message);
            first = false;
        }
        return zone.zone().map(made -> new Received(made, zone.isIncremental()));
    }

    private Message query(int type) throws TransferException {
        try {
            Message query = Message.newQuery(Record.newRecord(new Name(origin), type, DClass.IN));
            query.getHeader().unsetFlag(Flags.RD);
            return query;
        } catch (IOException e) {
            throw new TransferException(Outcome.MALFORMED, String.valueOf(e.getMessage()));
        }
    }

    private Optional<TSIGRecord> send(Message query) throws TransferException {
        key.ifPresent(k -> k.secret().apply(query, null));
        byte[] wire = query.toWire(Dns.MAX_MESSAGE);
        byte[] framed = new byte[wire.length + 2];
        Dns.put16(framed, 0, wire.length);
        System.arraycopy(wire, 0, framed, 2, wire.length);
        try {
            socket.getOutputStream().write(framed);
        } catch (IOException e) {
            throw new TransferException(Outcome.UNREACHABLE, String.valueOf(e.getMessage()));
        }
        return Optional.ofNullable(query.getTSIG());
    }

    private byte[] receive(Outcome onEnd) throws TransferException {
        long end = Math.min(System.nanoTime() + patience.toNanos(), endsAt);
        try {
            byte[] length = read(2, end);
            return read(Dns.u16(length, 0), end);
        } catch (IOException e) {
            throw new TransferException(onEnd, String.valueOf(e.getMessage()));
        }
    }

    private byte[] read(int count, long end) throws IOException {
        byte[] bytes = new byte[count];
        InputStream in = socket.getInputStream();
        for (int at = 0; at < count; ) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new SocketTimeoutException("no message in time");
            }
            socket.setSoTimeout((int) left);
            int read = in.read(bytes, at, count - at);
            if (read < 0) {
                throw new IOException("the connection ended");
            }
            at += read;
        }
        return bytes;
    }

    private static Message parse(byte[] wire, Message query) throws TransferException {
        Message message;
        try {
            message = Maintenance.read(wire);
        } catch (IOException | RuntimeException e) {
            throw new TransferException(Outcome.MALFORMED, "a message that is none: " + e.getMessage());
        }
        Record question = message.getQuestion();
        // Behind the first message there need be no question (RFC 5936 §2.2.1).
        if (message.getHeader().getID() != query.getHeader().getID()
                || !message.getHeader().getFlag(Flags.QR)
                || message.getHeader().getFlag(Flags.TC)
                || message.getHeader().getOpcode() != Dns.OPCODE_QUERY
                || question != null && !question.equals(query.getQuestion())) {
            throw new TransferException(Outcome.MALFORMED, "a message that answers something else");
        }
        return message;
    }

    private static void accept(Message answer) throws TransferException {
        if (answer.getRcode() != Rcode.NOERROR) {
            throw new TransferException(Outcome.REFUSED, "it answers " + Rcode.string(answer.getRcode()));
        }
    }

    private static TransferException badSignature(Message answer, int error) {
        TSIGRecord theirs = answer.getTSIG();
        return new TransferException(
                Outcome.BAD_SIGNATURE,
                theirs != null && theirs.getError() != Rcode.NOERROR
                        ? "it says " + Rcode.TSIGstring(theirs.getError()) + " to our signature"
                        : theirs == null
                                ? "an answer without signature, code " + Rcode.string(answer.getRcode())
                                : "an answer signed wrong: " + Rcode.TSIGstring(error));
    }

    private boolean isOrigin(Name name) {
        return Names.same(name.toWire(), origin);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone all the same.
        }
    }
}
