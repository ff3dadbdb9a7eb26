package io.steamgate.mail.session;

import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.ContentScanner;
import io.steamgate.mail.smtp.EndFinder;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The content of one message as it comes, by DATA (RFC 5321 §4.1.1.4) or in chunks by BDAT (RFC 3030 §2). */
final class ContentIntake {
    enum Taken {
        /** {@link #from()} to {@link #to()} goes on. */
        CONTENT,
        NEED_MORE,
        /** The message is whole. */
        WHOLE,
        /** A chunk is over, and it was not the last. */
        CHUNK,
        /** The message must not go on; what is left of it will be read and thrown away. */
        VIOLATED,
        /** A refused message, or a refused chunk, was read to its end. */
        REFUSED,
        /** A refused message does not end. */
        ENDLESS
    }

    private final Limits limits;
    private final boolean counted;
    private ContentScanner scanner;
    private long size;
    private long chunkSize;
    private long chunkLeft;
    private boolean lastChunk;
    private @Nullable EndFinder end;
    private @Nullable Reply refusal;
    private AbortCause violation = AbortCause.CLIENT_LOST;
    private long drained;
    private boolean ended;
    private boolean orphan;

    private ContentIntake(Limits limits, boolean counted) {
        this.limits = limits;
        this.counted = counted;
        this.scanner = new ContentScanner(!counted, true, limits.contentLine(), limits.hops());
    }

    static ContentIntake dotted(Limits limits) {
        return new ContentIntake(limits, false);
    }

    static ContentIntake counted(Limits limits) {
        return new ContentIntake(limits, true);
    }

    boolean isCounted() {
        return counted;
    }

    /** The form in which the destination takes content is known. */
    void opened(boolean dotted) {
        scanner = new ContentScanner(!counted, dotted, limits.contentLine(), limits.hops());
    }

    /** A BDAT command announces its octets. */
    void chunk(Command.Bdat bdat) {
        chunkSize = bdat.size();
        chunkLeft = bdat.size();
        lastChunk = bdat.last();
    }

    /** All that has come, that which is thrown away too. */
    long octets() {
        return size + drained;
    }

    long chunkSize() {
        return chunkSize;
    }

    /** A chunk came without a transaction it could belong to. */
    void refuseOrphan(Reply reply) {
        refuse(reply);
        orphan = true;
    }

    /** Whatever is still to come is thrown away; the first reason stays. */
    void refuse(Reply reply) {
        if (refusal == null) {
            refusal = reply;
        }
    }

    Reply refusal() {
        return Optional.ofNullable(refusal).orElse(Replies.LOCAL_ERROR);
    }

    AbortCause violation() {
        return violation;
    }

    /** Whether the client has said the last of this message, refused or not. */
    boolean isOver() {
        return !counted || lastChunk || orphan;
    }

    boolean lacksLineEnd() {
        return counted && !scanner.atLineStart();
    }

    int from() {
        return scanner.from();
    }

    int to() {
        return scanner.to();
    }

    boolean dotBefore() {
        return scanner.dotBefore();
    }

    Taken take(ByteBuffer in) {
        if (refusal != null) {
            return counted ? discardChunk(in) : discard(in);
        }
        if (counted && chunkLeft == 0) {
            return chunkOver();
        }
        if (!in.hasRemaining()) {
            return Taken.NEED_MORE;
        }
        int start = in.position();
        int limit = in.limit();
        if (counted) {
            in.limit((int) Math.min(limit, start + chunkLeft));
        }
        ContentScanner.Outcome outcome = scanner.scan(in);
        in.limit(limit);
        int consumed = in.position() - start;
        size += consumed;
        chunkLeft -= counted ? consumed : 0;
        if (outcome.isViolation()) {
            return violated(outcome);
        }
        ended = outcome == ContentScanner.Outcome.END;
        if (size > limits.messageSize()) {
            return violated(AbortCause.TOO_BIG, Replies.TOO_BIG);
        }
        if (ended) {
            return Taken.WHOLE;
        }
        return scanner.to() > scanner.from() || scanner.dotBefore() ? Taken.CONTENT : take(in);
    }

    private Taken chunkOver() {
        if (!lastChunk) {
            return Taken.CHUNK;
        }
        return scanner.withinLineEnd() ? violated(ContentScanner.Outcome.BARE_CR) : Taken.WHOLE;
    }

    private Taken violated(ContentScanner.Outcome outcome) {
        return switch (outcome) {
            case BARE_CR -> violated(AbortCause.BARE_CR, Replies.CONTENT_BARE_CR);
            case BARE_LF -> violated(AbortCause.BARE_LF, Replies.CONTENT_BARE_LF);
            case NUL -> violated(AbortCause.NUL, Replies.CONTENT_NUL);
            case LONG_LINE -> violated(AbortCause.LONG_LINE, Replies.CONTENT_LONG_LINE);
            case LOOP -> violated(AbortCause.LOOP, Replies.LOOP);
            case CONTENT, END -> throw new IllegalStateException(outcome.name());
        };
    }

    private Taken violated(AbortCause cause, Reply reply) {
        violation = cause;
        refusal = reply;
        return Taken.VIOLATED;
    }

    private Taken discard(ByteBuffer in) {
        if (ended) {
            return Taken.REFUSED;
        }
        if (end == null) {
            end = new EndFinder(scanner);
        }
        int start = in.position();
        boolean found = end.find(in);
        drained += in.position() - start;
        if (found) {
            return Taken.REFUSED;
        }
        return drained > limits.drain() ? Taken.ENDLESS : Taken.NEED_MORE;
    }

    private Taken discardChunk(ByteBuffer in) {
        int skipped = (int) Math.min(in.remaining(), chunkLeft);
        in.position(in.position() + skipped);
        chunkLeft -= skipped;
        drained += skipped;
        if (chunkLeft == 0) {
            return Taken.REFUSED;
        }
        return drained > limits.drain() ? Taken.ENDLESS : Taken.NEED_MORE;
    }
}
