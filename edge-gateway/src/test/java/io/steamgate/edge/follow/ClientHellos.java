package io.steamgate.edge.follow;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** ClientHello messages for tests, octet by octet. */
public final class ClientHellos {
    private ClientHellos() {}

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static byte[] u16(int value) {
        return new byte[] {(byte) (value >> 8), (byte) value};
    }

    /** A handshake record with version 3.1, as most clients send the first. */
    public static byte[] record(byte[] fragment) {
        return concat(hex("160301"), u16(fragment.length), fragment);
    }

    /** As many records of 16 KiB as it takes. */
    public static byte[] inRecords(byte[] message) {
        byte[] all = new byte[0];
        for (int at = 0; at < message.length; at += 1 << 14) {
            all = concat(all, record(Arrays.copyOfRange(message, at, Math.min(message.length, at + (1 << 14)))));
        }
        return all;
    }

    static byte[] message(byte[] body) {
        return concat(new byte[] {1, (byte) (body.length >> 16)}, u16(body.length & 0xFFFF), body);
    }

    public static byte[] hello(byte[]... extensions) {
        byte[] all = concat(extensions);
        return message(concat(
                hex("0303"),
                new byte[32],
                hex("20"),
                new byte[32],
                hex("0004 1301 1302"),
                hex("0100"),
                u16(all.length),
                all));
    }

    public static byte[] extension(int type, byte[] data) {
        return concat(u16(type), u16(data.length), data);
    }

    public static byte[] sni(String name) {
        byte[] octets = name.getBytes(StandardCharsets.ISO_8859_1);
        return extension(0, concat(u16(octets.length + 3), new byte[] {0}, u16(octets.length), octets));
    }

    public static byte[] alpn(String... names) {
        byte[] all = new byte[0];
        for (String name : names) {
            all = concat(all, new byte[] {(byte) name.length()}, name.getBytes(StandardCharsets.ISO_8859_1));
        }
        return extension(16, concat(u16(all.length), all));
    }
}
