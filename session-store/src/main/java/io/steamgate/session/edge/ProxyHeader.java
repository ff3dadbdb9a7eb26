package io.steamgate.session.edge;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * PROXY protocol version 2 (HAProxy, {@code doc/proxy-protocol.txt} §2.2): what an edge says about the client before
 * the client's own bytes.
 *
 * <pre>
 *   0..11  signature  0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
 *   12     version 2 in the high four bits, command in the low: 0 LOCAL, 1 PROXY
 *   13     family in the high four bits (1 IPv4, 2 IPv6, 3 unix), transport in the low (1 stream, 2 datagram)
 *   14..15 length of all that follows: addresses, ports, TLVs
 * </pre>
 */
public sealed interface ProxyHeader {
    int FIXED_LENGTH = 16;

    /** Bound on addresses and TLVs together; a longer header is refused rather than buffered. */
    int MAX_REST = 2048;

    /** The bytes so far may become a header; wait for more. */
    record Incomplete() implements ProxyHeader {}

    /** The bytes are no header that this service takes. */
    record Malformed(String reason) implements ProxyHeader {}

    /** The edge speaks for itself, e.g. to check health: the connection's own addresses hold. */
    record Local(int length) implements ProxyHeader {}

    /** The edge speaks for a client. */
    record Proxied(int length, InetSocketAddress client, InetSocketAddress server) implements ProxyHeader {}

    /** Reads the header at the buffer's reader index without moving it. */
    static ProxyHeader parse(ByteBuf bytes) {
        int start = bytes.readerIndex();
        int have = bytes.readableBytes();
        if (!signatureMatches(bytes, start, Math.min(have, 12))) {
            return new Malformed("no signature");
        }
        if (have < FIXED_LENGTH) {
            return new Incomplete();
        }
        int version = bytes.getByte(start + 12) >> 4 & 0x0F;
        int command = bytes.getByte(start + 12) & 0x0F;
        int family = bytes.getByte(start + 13) & 0xFF;
        int rest = bytes.getUnsignedShort(start + 14);
        if (version != 2) {
            return new Malformed("version " + version);
        }
        if (command > 1) {
            return new Malformed("command " + command);
        }
        if (rest > MAX_REST) {
            return new Malformed("length " + rest);
        }
        if (have < FIXED_LENGTH + rest) {
            return new Incomplete();
        }
        int length = FIXED_LENGTH + rest;
        if (command == 0) {
            return new Local(length);
        }
        int size = switch (family) {
            case 0x11 -> 4;
            case 0x21 -> 16;
            default -> 0;
        };
        if (size == 0) {
            return new Malformed("family and transport 0x" + Integer.toHexString(family));
        }
        if (rest < 2 * size + 4) {
            return new Malformed("too short for its addresses");
        }
        int at = start + FIXED_LENGTH;
        InetSocketAddress client = endpoint(bytes, at, size, at + 2 * size);
        InetSocketAddress server = endpoint(bytes, at + size, size, at + 2 * size + 2);
        return new Proxied(length, client, server);
    }

    private static boolean signatureMatches(ByteBuf bytes, int start, int count) {
        for (int i = 0; i < count; i++) {
            if (bytes.getByte(start + i) != (byte) "\r\n\r\n\0\r\nQUIT\n".charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static InetSocketAddress endpoint(ByteBuf bytes, int at, int size, int portAt) {
        byte[] address = new byte[size];
        bytes.getBytes(at, address);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), bytes.getUnsignedShort(portAt));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + size + " bytes", e);
        }
    }
}
