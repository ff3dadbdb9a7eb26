package io.steamgate.mail.milter;

import java.nio.ByteBuffer;
import java.util.Optional;

/** Cuts a filter's octets into packets: a length of four octets, a command of one, its data. */
final class MilterFrames {
    /** A filter has no reason to say more at once. */
    static final int LIMIT = 64 * 1024;

    record Packet(char command, byte[] data) {}

    private final byte[] length = new byte[4];
    private int lengthHas;
    private byte[] body = {};
    private int bodyHas;
    private boolean malformed;
    private boolean oversized;

    /** The next whole packet; empty if more octets are needed, or if what came is none. */
    Optional<Packet> next(ByteBuffer in) {
        while (!malformed && in.hasRemaining()) {
            if (lengthHas < 4) {
                length[lengthHas++] = in.get();
                if (lengthHas == 4) {
                    int size = ByteBuffer.wrap(length).getInt();
                    oversized = size > LIMIT;
                    malformed = size < 1 || oversized;
                    body = new byte[malformed ? 0 : size];
                    bodyHas = 0;
                }
                continue;
            }
            int taken = Math.min(in.remaining(), body.length - bodyHas);
            in.get(body, bodyHas, taken);
            bodyHas += taken;
            if (bodyHas == body.length) {
                lengthHas = 0;
                byte[] data = java.util.Arrays.copyOfRange(body, 1, body.length);
                return Optional.of(new Packet((char) (body[0] & 0xFF), data));
            }
        }
        return Optional.empty();
    }

    boolean isMalformed() {
        return malformed;
    }

    boolean isOversized() {
        return oversized;
    }

    /** A packet as it is sent. */
    static byte[] packet(char command, byte[] data) {
        return ByteBuffer.allocate(5 + data.length)
                .putInt(data.length + 1)
                .put((byte) command)
                .put(data)
                .array();
    }
}
