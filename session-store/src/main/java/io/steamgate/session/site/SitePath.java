package io.steamgate.session.site;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The path of a request target as names of directories and a file. Nothing that a file system could understand in two
 * ways becomes a name: no {@code ..}, slash, backslash or control character, encoded or not.
 */
sealed interface SitePath {
    /** Answered with this status. */
    record Refused(int status) implements SitePath {}

    /**
     * @param names may be empty for the root
     * @param directory the path ends in a slash
     */
    record Names(List<String> names, boolean directory) implements SitePath {}

    /** @param raw the path with its percent-encoding, without query (RFC 3986 §3.3) */
    static SitePath parse(String raw) {
        if (!raw.startsWith("/")) {
            return new Refused(400);
        }
        List<String> names = new ArrayList<>();
        int at = 1;
        while (at < raw.length()) {
            int slash = raw.indexOf('/', at);
            int end = slash < 0 ? raw.length() : slash;
            String name = decode(raw, at, end);
            if (name.isEmpty()) {
                return new Refused(end == at ? 404 : 400);
            }
            if (name.equals(".") || name.equals("..")) {
                return new Refused(400); // a client removes these before it asks (RFC 3986 §5.2.4)
            }
            if (name.startsWith(".") && !name.equals(".well-known")) { // RFC 8615
                return new Refused(404);
            }
            names.add(name);
            at = end + 1;
        }
        return new Names(List.copyOf(names), raw.endsWith("/"));
    }

    /** The decoded name, empty if it is none. */
    private static String decode(String raw, int from, int to) {
        byte[] bytes = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            int c = raw.charAt(i);
            if (c == '%') {
                if (i + 3 > to) {
                    return "";
                }
                int high = Character.digit(raw.charAt(i + 1), 16);
                int low = Character.digit(raw.charAt(i + 2), 16);
                if (high < 0 || low < 0) {
                    return "";
                }
                c = high << 4 | low;
                i += 2;
            } else if (c > 0x7E) {
                return "";
            }
            if (c < 0x20 || c == 0x7F || c == '/' || c == '\\') {
                return "";
            }
            bytes[length++] = (byte) c;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return "";
        }
    }
}
