package io.steamgate.dns.maintain;

import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.serve.Client;
import io.steamgate.dns.serve.Lookup;
import io.steamgate.dns.serve.Responder;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Query;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.xbill.DNS.Message;

/** Plain questions with a signature: answered as without, and the answer is signed (RFC 8945 §5.3). */
public final class SignedQuestions {
    private final Responder responder;
    private final Lookup lookup;
    private final int udpSize;

    /** @param responder one that nobody else uses */
    public SignedQuestions(Responder responder, Lookup lookup, int udpSize) {
        this.responder = responder;
        this.lookup = lookup;
        this.udpSize = udpSize;
    }

    List<byte[]> take(Message message, byte[] signed, Client client, Keyring.Signature signature) throws IOException {
        byte[] query = withoutSignature(signed);
        byte[] answer = answer(query, client);
        if (answer.length == 0) {
            return List.of();
        }
        Message whole = new Message(answer);
        if (!(signature instanceof Keyring.Valid valid)) {
            return List.of(answer);
        }
        whole.setTSIG(valid.key(), org.xbill.DNS.Rcode.NOERROR, valid.record());
        int size = client.transport() == io.steamgate.dns.serve.Transport.UDP
                ? Math.min(
                        udpSize,
                        message.getOPT() == null
                                ? 512
                                : Math.max(512, message.getOPT().getPayloadSize()))
                : Dns.MAX_MESSAGE;
        return List.of(whole.toWire(size));
    }

    private static byte[] withoutSignature(byte[] signed) {
        Query query = new Query();
        query.parse(signed, signed.length);
        if (query.tsigAt() == 0) {
            return signed;
        }
        byte[] plain = Arrays.copyOf(signed, query.tsigAt());
        Dns.put16(plain, 10, Dns.u16(plain, 10) - 1);
        return plain;
    }

    private byte[] answer(byte[] query, Client client) {
        CompletableFuture<CachedAnswer> fetched = new CompletableFuture<>();
        synchronized (responder) {
            switch (responder.respond(query, query.length, client)) {
                case ANSWER -> {
                    return Arrays.copyOf(responder.response(), responder.responseLength());
                }
                case DROP, SPECIAL -> {
                    return new byte[0];
                }
                case FETCH -> lookup.fetch(responder.key(), fetched::complete);
            }
        }
        try {
            CachedAnswer answer = fetched.get(10, TimeUnit.SECONDS);
            synchronized (responder) {
                responder.finish(query, query.length, client, answer);
                return Arrays.copyOf(responder.response(), responder.responseLength());
            }
        } catch (ExecutionException | TimeoutException e) {
            return new byte[0];
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new byte[0];
        }
    }
}
