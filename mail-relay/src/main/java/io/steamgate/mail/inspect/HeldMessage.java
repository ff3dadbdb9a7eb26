package io.steamgate.mail.inspect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** A message that waits for its mark, as long as it is not larger than it may be. */
public final class HeldMessage {
    private static final String FIELD = "Authentication-Results";

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
     * Lines before all, and no field of the same name that says it was ours (RFC 8601 §5); the caller's from here on.
     *
     * @param lines with their line ends
     */
    public ByteBuf marked(String lines, String hostname) {
        ByteBuf mark = Unpooled.copiedBuffer(lines, StandardCharsets.UTF_8);
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
        int colon = field.indexOf(':');
        return colon > 0
                && field.substring(0, colon).strip().equalsIgnoreCase(FIELD)
                && server(field.substring(colon + 1)).equalsIgnoreCase(hostname);
    }

    /** Whose results a field has (RFC 8601 §2.2): a token or a quoted string, maybe behind comments. */
    private static String server(String value) {
        StringBuilder name = new StringBuilder();
        int at = behindComments(value);
        if (at < value.length() && value.charAt(at) == '"') {
            for (at++; at < value.length() && value.charAt(at) != '"'; at++) {
                at += value.charAt(at) == '\\' && at + 1 < value.length() ? 1 : 0;
                name.append(value.charAt(at));
            }
        } else {
            while (at < value.length() && " \t\r\n(;".indexOf(value.charAt(at)) < 0) {
                name.append(value.charAt(at++));
            }
        }
        return name.toString();
    }

    /** Where blanks and comments, which nest (RFC 5322 §3.2.2), are over. */
    private static int behindComments(String value) {
        int depth = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '(') {
                depth++;
            } else if (c == ')' && depth > 0) {
                depth--;
            } else if (c == '\\' && depth > 0) {
                i++;
            } else if (depth == 0 && " \t\r\n".indexOf(c) < 0) {
                return i;
            }
        }
        return value.length();
    }

    public void release() {
        bytes.release();
    }
}
