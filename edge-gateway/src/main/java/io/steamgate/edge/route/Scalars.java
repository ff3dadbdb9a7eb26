package io.steamgate.edge.route;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.net.IDN;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The values of the file: text in, value out, or an {@link IllegalArgumentException} that says how to write it. */
final class Scalars {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");
    private static final Pattern DURATION =
            Pattern.compile("(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?(?:(\\d{1,9})ms)?");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9}) ?(B|KiB|MiB)?");
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
    /** RFC 9110 section 5.6.2. */
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    private Scalars() {}

    static String name(String text) {
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' is not a name: up to 63 letters, digits, '-', '_' and '.', a letter or digit first and last");
        }
        return text;
    }

    static int integer(String text, int min, int max) {
        if (text.matches("-?\\d{1,9}")) {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is not a whole number from " + min + " to " + max);
    }

    static int port(String text) {
        return integer(text, 1, 65535);
    }

    static PortRange ports(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            return PortRange.of(port(text));
        }
        int first = port(text.substring(0, dash).strip());
        int last = port(text.substring(dash + 1).strip());
        if (first > last) {
            throw new IllegalArgumentException("'" + text + "' ends before it begins");
        }
        return new PortRange(first, last);
    }

    static boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
        };
    }

    /** {@code 500ms}, {@code 10s}, {@code 2h4m}; within bounds. */
    static Duration duration(String text, Duration min, Duration max) {
        Matcher matcher = DURATION.matcher(text);
        if (text.isEmpty() || !matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a duration like 500ms, 10s or 2h4m"
                    + (text.matches("\\d+") ? "; did you mean '" + text + "s'?" : ""));
        }
        Duration duration = Duration.ofDays(number(matcher, 1))
                .plusHours(number(matcher, 2))
                .plusMinutes(number(matcher, 3))
                .plusSeconds(number(matcher, 4))
                .plusMillis(number(matcher, 5));
        if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
            throw new IllegalArgumentException("'" + text + "' is not between " + text(min) + " and " + text(max));
        }
        return duration;
    }

    private static long number(Matcher matcher, int group) {
        String digits = matcher.group(group);
        return digits == null ? 0 : Long.parseLong(digits);
    }

    /** As the file writes it. */
    static String text(Duration duration) {
        StringBuilder text = new StringBuilder();
        append(text, duration.toDays(), "d");
        append(text, duration.toHoursPart(), "h");
        append(text, duration.toMinutesPart(), "m");
        append(text, duration.toSecondsPart(), "s");
        append(text, duration.toMillisPart(), "ms");
        return text.isEmpty() ? "0s" : text.toString();
    }

    private static void append(StringBuilder text, long value, String unit) {
        if (value != 0) {
            text.append(value).append(unit);
        }
    }

    /** Bytes: {@code 16384}, {@code 16KiB}, {@code 1MiB}. */
    static int size(String text, int min, int max) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a size like 16384, 16KiB or 1MiB");
        }
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : unit.equals("KiB") ? 10 : unit.equals("MiB") ? 20 : 0;
        long bytes = Long.parseLong(matcher.group(1)) << shift;
        if (bytes < min || bytes > max) {
            throw new IllegalArgumentException("'" + text + "' is not between " + min + " and " + max + " bytes");
        }
        return (int) bytes;
    }

    /** An address that one host can have. */
    static Ipv4Address host(String text) {
        if (text.indexOf(':') >= 0) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 address (IPv6 is not supported yet)");
        }
        Ipv4Address address = parseAddress(text);
        if (!address.isUnicastHost()) {
            throw new IllegalArgumentException(text + " is not the address of a host");
        }
        return address;
    }

    private static Ipv4Address parseAddress(String text) {
        try {
            return Ipv4Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 address (names are not resolved)", e);
        }
    }

    static Ipv4Network block(String text) {
        Ipv4Network block = Ipv4Network.parse(text);
        int base = block.address().bits() & block.mask();
        if (base != block.address().bits()) {
            throw new IllegalArgumentException("'" + text + "' has bits beyond its prefix; did you mean '"
                    + new Ipv4Network(new Ipv4Address(base), block.prefixLength()) + "'?");
        }
        return block;
    }

    /** An exact name, an address, or {@code *.} and a name. Case and a final dot do not matter. Never {@code *} alone. */
    static HostPattern hostPattern(String text) {
        boolean wildcard = text.startsWith("*.");
        String name = (wildcard ? text.substring(2) : text).toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        if (text.equals("*")) {
            throw new IllegalArgumentException(
                    "'*' stands for every host: leave the key out, or write '*.example.com'");
        }
        if (name.contains(":") || name.contains("/")) {
            throw new IllegalArgumentException(
                    "'" + text + "' is more than a host name: write it without scheme, port and path");
        }
        if (!name.chars().allMatch(c -> c < 128)) {
            throw new IllegalArgumentException("'" + text + "' is not ASCII: write '" + ascii(text) + "'");
        }
        boolean labels = name.length() <= 253
                && List.of(name.split("\\.", -1)).stream()
                        .allMatch(label -> LABEL.matcher(label).matches());
        if (!labels) {
            throw new IllegalArgumentException("'" + text + "' is not a host name like a.test or *.a.test");
        }
        return new HostPattern(name, wildcard);
    }

    private static String ascii(String text) {
        try {
            return IDN.toASCII(text);
        } catch (IllegalArgumentException e) {
            return "its xn-- form";
        }
    }

    static PathPattern path(String text, boolean exact) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("'" + text + "' does not begin with '/'");
        }
        if (text.endsWith("*")) {
            throw new IllegalArgumentException("'" + text + "' ends with '*', but a path is a prefix already: write '"
                    + text.substring(0, text.length() - 1) + "'");
        }
        if (text.contains("?") || text.contains("#")) {
            throw new IllegalArgumentException(
                    "'" + text + "' has a query or fragment; only the path before it is compared");
        }
        if (!text.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
            throw new IllegalArgumentException("'" + text + "' has characters that requests carry percent-encoded");
        }
        return new PathPattern(text, exact);
    }

    /** {@code name}, {@code name=value} or {@code name=beginning*}. */
    static CookiePattern cookie(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        if (!TOKEN.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a cookie like NAME, NAME=value or NAME=beginning*");
        }
        if (equals < 0) {
            return new CookiePattern(name, "", true);
        }
        String value = text.substring(equals + 1);
        boolean prefix = value.endsWith("*");
        return new CookiePattern(name, prefix ? value.substring(0, value.length() - 1) : value, prefix);
    }

    static String entityTag(String text) {
        if (text.isEmpty() || text.startsWith("\"") || text.startsWith("W/")) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not the beginning of an entity tag: write it without quotes and without W/");
        }
        return text;
    }

    static String alpn(String text) {
        if (text.isEmpty() || text.length() > 255) {
            throw new IllegalArgumentException("'" + text + "' is not a protocol name like h2 or http/1.1");
        }
        return text;
    }

    static <T> Function<String, T> oneOf(Function<String, Optional<T>> find, List<String> words) {
        return text -> find.apply(text)
                .orElseThrow(
                        () -> new IllegalArgumentException("'" + text + "' is not known" + Suggestion.of(text, words)));
    }
}
