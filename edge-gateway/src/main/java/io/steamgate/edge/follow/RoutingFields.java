package io.steamgate.edge.follow;

import io.steamgate.edge.follow.RouteKey.Cookie;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields that rules look at: Cookie (RFC 6265 section 4.2.1) and If-None-Match (RFC 9110 section 13.1.2). What is
 * malformed in them is passed over: it may concern the service, not the way to it.
 */
final class RoutingFields {
    private RoutingFields() {}

    /** {@code cookies} with the pairs of one more Cookie line; a fresh list if {@code cookies} is the empty one. */
    static List<Cookie> cookies(List<Cookie> cookies, FieldLines line) {
        byte[] array = line.array();
        List<Cookie> all = cookies;
        int at = line.valueStart();
        while (at < line.valueEnd()) {
            int end = indexOf(array, (byte) ';', at, line.valueEnd());
            int from = at;
            int to = end;
            while (from < to && HttpOctets.isBlank(array[from])) {
                from++;
            }
            while (to > from && HttpOctets.isBlank(array[to - 1])) {
                to--;
            }
            int equals = indexOf(array, (byte) '=', from, to);
            if (equals > from && equals < to) {
                all = all.isEmpty() ? new ArrayList<>(4) : all;
                all.add(new Cookie(text(array, from, equals), text(array, equals + 1, to)));
            }
            at = end + 1;
        }
        return all;
    }

    /** {@code tags} with those of one more If-None-Match line, weak ones too; {@code *} adds none. */
    static List<String> entityTags(List<String> tags, FieldLines line) {
        byte[] array = line.array();
        int end = line.valueEnd();
        List<String> all = tags;
        int at = line.valueStart();
        while (at < end) {
            if (HttpOctets.isBlank(array[at]) || array[at] == ',') {
                at++;
                continue;
            }
            int quote = HttpOctets.startsWith("W/\"", array, at, end) ? at + 2 : at;
            int close = array[quote] == '"' ? indexOf(array, (byte) '"', quote + 1, end) : end;
            if (close < end) {
                all = all.isEmpty() ? new ArrayList<>(2) : all;
                all.add(text(array, quote + 1, close));
                at = close + 1;
            } else {
                at = indexOf(array, (byte) ',', at, end);
            }
        }
        return all;
    }

    private static int indexOf(byte[] array, byte what, int from, int to) {
        int at = from;
        while (at < to && array[at] != what) {
            at++;
        }
        return at;
    }

    private static String text(byte[] array, int from, int to) {
        return new String(array, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
