package io.steamgate.mail.inspect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A message that waits for its mark, as long as it is not larger than it may be. */
public final class HeldMessage {
    private static final String FIELD = "authentication-results:";

    private final int limit;
    private final ByteBuf bytes;

    HeldMessage(ByteBufAllocator allocator, int limit) {
        this.limit = limit;
        this.bytes = allocator.buffer(Math.min(limit, 4096), limit);
    }

    /** Takes a copy; false, and nothing is taken, if the message has become too large. */
    public boolean add(ByteBuf part) {
        if (part.readableBytes() > limit - bytes.readableBytes()) {
            return false;
        }
        bytes.writeBytes(part, part.readerIndex(), part.readableBytes());
        return true;
    }

    /** All as it came; the caller's from here on. */
    public ByteBuf asItCame() {
        return bytes;
    }

    /**
     * A line before all, and no field of the same name that says it was ours (RFC 8601 §5); the caller's from here on.
     *
     * @param line with its line end
     */
    public ByteBuf marked(String line, String hostname) {
        ByteBuf mark = Unpooled.copiedBuffer(line, StandardCharsets.US_ASCII);
        ByteBuf kept = bytes.alloc().buffer(bytes.readableBytes());
        int at = bytes.readerIndex();
        boolean body = false;
        while (at < bytes.writerIndex() && !body) {
            int end = fieldEnd(at);
            String field = bytes.toString(at, end - at, StandardCharsets.ISO_8859_1);
            body = field.equals("\r\n");
            if (body || !isOurs(field, hostname)) {
                kept.writeBytes(bytes, at, end - at);
            }
            at = end;
        }
        kept.writeBytes(bytes, at, bytes.writerIndex() - at);
        bytes.release();
        return Unpooled.wrappedBuffer(mark, kept);
    }

    private int fieldEnd(int from) {
        int at = from;
        while (true) {
            int feed = bytes.indexOf(at, bytes.writerIndex(), (byte) '\n');
            if (feed < 0 || feed + 1 == bytes.writerIndex()) {
                return bytes.writerIndex();
            }
            at = feed + 1;
            byte next = bytes.getByte(at);
            boolean folded = next == ' ' || next == '\t';
            if (!folded || at - from == 2) {
                return at;
            }
        }
    }

    private static boolean isOurs(String field, String hostname) {
        String text = field.replaceAll("\\s|\\(.*?\\)", "").toLowerCase(Locale.ROOT);
        String name = FIELD + hostname.toLowerCase(Locale.ROOT);
        return text.startsWith(name)
                && (text.length() == name.length() || ";/1".indexOf(text.charAt(name.length())) >= 0);
    }

    public void release() {
        bytes.release();
    }
}
