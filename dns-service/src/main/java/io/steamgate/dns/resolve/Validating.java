package io.steamgate.dns.resolve;

import io.netty.channel.EventLoop;
import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Rr;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.dnssec.ValidatingResolver;

/**
 * Checks what another source finds (RFC 4035 §5), with dnsjava's validator: what is signed right gets AD, what should be and is not
 * has no answer. The validator asks back for keys through the same cache, as a client that checks by itself (CD). Its arithmetic is
 * done on other threads.
 */
final class Validating implements Source {
    private final EventLoop loop;
    private final Source unchecked;
    private final ValidatingResolver validator;
    private final Executor workers = Executors.newVirtualThreadPerTaskExecutor();

    /** @param anchors DS or DNSKEY records of the root, as a master file */
    Validating(EventLoop loop, Source unchecked, Fetching fetching, byte[] anchors, InstantSource clock)
            throws IOException {
        this.loop = loop;
        this.unchecked = unchecked;
        this.validator = new ValidatingResolver(new Head(fetching), clock(clock));
        validator.loadTrustAnchors(new ByteArrayInputStream(anchors));
        validator.setAddReasonToAdditional(false);
    }

    /** Has an answer fetched through the cache. */
    interface Fetching {
        void fetch(AnswerKey key, Resolver.Waiter waiter);
    }

    private static Clock clock(InstantSource source) {
        return new Clock() {
            @Override
            public java.time.ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public java.time.Instant instant() {
                return source.instant();
            }
        };
    }

    @Override
    public boolean isHealthy() {
        return unchecked.isHealthy();
    }

    @Override
    public void resolve(AnswerKey key, Consumer<Result> done) {
        if (key.checkingDisabled()) {
            unchecked.resolve(key, done);
            return;
        }
        Message query;
        try {
            query = Message.newQuery(Record.newRecord(new org.xbill.DNS.Name(key.name()), key.type(), key.qclass()));
        } catch (IOException e) {
            done.accept(new Failed());
            return;
        }
        validator
                .sendAsync(query, workers)
                .whenComplete((answer, failure) ->
                        loop.execute(() -> done.accept(failure == null ? result(answer) : new Failed())));
    }

    private static Result result(Message answer) {
        if (answer.getRcode() != Rcode.NOERROR && answer.getRcode() != Rcode.NXDOMAIN) {
            return new Failed();
        }
        return new Found(
                answer.getRcode(),
                records(answer, Section.ANSWER),
                records(answer, Section.AUTHORITY),
                answer.getHeader().getFlag(Flags.AD));
    }

    private static List<Rr> records(Message answer, int section) {
        List<Rr> records = new ArrayList<>();
        for (Record record : answer.getSection(section)) {
            byte[] wire = record.toWire(Section.ANSWER);
            int owner = io.steamgate.dns.wire.Names.length(wire, 0);
            records.add(new Rr(
                    java.util.Arrays.copyOf(wire, owner),
                    record.getType(),
                    (int) Math.min(record.getTTL(), Integer.MAX_VALUE),
                    java.util.Arrays.copyOfRange(wire, owner + 10, wire.length)));
        }
        return records;
    }

    /** What the validator asks its own questions of. */
    private static final class Head implements org.xbill.DNS.Resolver {
        private final Fetching fetching;

        Head(Fetching fetching) {
            this.fetching = fetching;
        }

        @Override
        public CompletionStage<Message> sendAsync(Message query, Executor executor) {
            CompletableFuture<Message> answer = new CompletableFuture<>();
            Record question = query.getQuestion();
            AnswerKey key = new AnswerKey(
                    question.getName().toWireCanonical(), question.getType(), question.getDClass(), true, true);
            fetching.fetch(
                    key,
                    cached -> executor.execute(() -> {
                        try {
                            answer.complete(message(query, cached));
                        } catch (IOException | RuntimeException e) {
                            answer.completeExceptionally(e);
                        }
                    }));
            return answer;
        }

        private static Message message(Message query, CachedAnswer cached) throws IOException {
            byte[] wire = cached.message().clone();
            Dns.put16(wire, 0, query.getHeader().getID());
            Dns.put16(wire, 2, Dns.QR | Dns.RD | Dns.RA | Dns.CD | cached.rcode());
            Message message = new Message(wire);
            message.removeAllRecords(Section.QUESTION);
            message.addRecord(query.getQuestion(), Section.QUESTION);
            return message;
        }

        @Override
        public void setPort(int port) {}

        @Override
        public void setTCP(boolean flag) {}

        @Override
        public void setIgnoreTruncation(boolean flag) {}

        @Override
        public void setEDNS(int version, int payloadSize, int flags, List<EDNSOption> options) {}

        @Override
        public void setTSIGKey(TSIG key) {}

        @Override
        public void setTimeout(Duration timeout) {}
    }
}
