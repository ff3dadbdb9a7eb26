package io.steamgate.dns.guard;

import io.steamgate.dns.wire.Dns;
import java.util.Arrays;

/**
 * Server cookies (RFC 7873) of the form that every node with the same secret understands (RFC 9018 §4): version 1, three
 * reserved octets, a time stamp of seconds, and SipHash-2-4 of client cookie, those eight octets and the client's address.
 * Used by one thread.
 */
public final class Cookies {
    public static final int SERVER_COOKIE = 16;

    private static final int CLIENT_COOKIE = 8;
    private static final int OLDEST = 3600;
    private static final int NEWEST = 300;
    /** A client that shows an older one gets a new one (RFC 9018 §4.3). */
    private static final int RENEW = 1800;

    private final long k0;
    private final long k1;
    private final byte[] input = new byte[CLIENT_COOKIE + 8 + 16];

    /** @param secret 16 octets */
    public Cookies(byte[] secret) {
        if (secret.length != 16) {
            throw new IllegalArgumentException("a cookie secret has 16 octets, not " + secret.length);
        }
        k0 = SipHash.little(secret, 0, 8);
        k1 = SipHash.little(secret, 8, 8);
    }

    /** Whether the option at {@code at} holds a server cookie that this or a brother node gave to this address lately. */
    public boolean isValid(byte[] message, int at, int length, byte[] address, long second) {
        if (length != CLIENT_COOKIE + SERVER_COOKIE || message[at + 8] != 1) {
            return false;
        }
        // Serial number arithmetic (RFC 9018 §4.3).
        int age = (int) second - (int) Dns.u32(message, at + 12);
        if (age > OLDEST || age < -NEWEST) {
            return false;
        }
        System.arraycopy(message, at, input, 0, 16);
        long hash = hash(address);
        return hash == SipHash.little(message, at + 16, 8);
    }

    /** Writes client and server cookie, {@code 8 + SERVER_COOKIE} octets, to {@code out}. */
    public void write(byte[] message, int at, int length, byte[] address, long second, byte[] out) {
        System.arraycopy(message, at, out, 0, CLIENT_COOKIE);
        boolean recent = length == CLIENT_COOKIE + SERVER_COOKIE
                && isValid(message, at, length, address, second)
                && (int) second - (int) Dns.u32(message, at + 12) < RENEW;
        if (recent) {
            System.arraycopy(message, at + 8, out, 8, SERVER_COOKIE);
            return;
        }
        out[8] = 1;
        Arrays.fill(out, 9, 12, (byte) 0);
        Dns.put32(out, 12, (int) second);
        System.arraycopy(out, 0, input, 0, 16);
        long hash = hash(address);
        for (int i = 0; i < 8; i++) {
            out[16 + i] = (byte) (hash >>> 8 * i);
        }
    }

    private long hash(byte[] address) {
        System.arraycopy(address, 0, input, 16, address.length);
        return SipHash.hash(k0, k1, input, 16 + address.length);
    }
}
