package io.steamgate.mail.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Command lines to {@link Command}s; never throws, whatever the line. */
public final class CommandParser {
    /** Attributes of XCLIENT that are known; values of others are read and ignored. */
    private static final int MAX_PARAMETERS = 16;

    private CommandParser() {}

    /** @param line without its CRLF */
    public static Command parse(String line) {
        int blank = line.indexOf(' ');
        String verb = (blank < 0 ? line : line.substring(0, blank)).toUpperCase(Locale.ROOT);
        String rest = blank < 0 ? "" : line.substring(blank + 1);
        return switch (verb) {
            case "HELO" -> helo(rest, false);
            case "EHLO" -> helo(rest, true);
            case "MAIL" -> mail(rest);
            case "RCPT" -> rcpt(rest);
            case "DATA" -> alone(rest, new Command.Data());
            case "BDAT" -> bdat(rest);
            case "RSET" -> alone(rest, new Command.Rset());
            case "NOOP" -> new Command.Noop();
            case "QUIT" -> alone(rest, new Command.Quit());
            case "VRFY", "EXPN" -> new Command.Vrfy();
            case "HELP" -> new Command.Help();
            case "STARTTLS" -> alone(rest, new Command.StartTls());
            case "AUTH" -> auth(rest);
            case "XCLIENT" -> xclient(rest);
            default -> new Command.Unknown();
        };
    }

    private static Command alone(String rest, Command command) {
        return rest.isBlank() ? command : new Command.Invalid(Replies.BAD_SYNTAX);
    }

    private static Command helo(String rest, boolean extended) {
        String name = rest.strip();
        return PathParser.isHelo(name) ? new Command.Helo(name, extended) : new Command.Invalid(Replies.BAD_SYNTAX);
    }

    private static Command mail(String rest) {
        int at = prefix(rest, "FROM:");
        if (at < 0) {
            return new Command.Invalid(Replies.BAD_SYNTAX);
        }
        PathParser path = new PathParser(rest, at);
        Optional<Mailbox> mailbox = path.parse();
        if (mailbox.isEmpty()) {
            return new Command.Invalid(Replies.BAD_SENDER);
        }
        Optional<Map<String, String>> parameters = parameters(rest.substring(path.end()));
        if (parameters.isEmpty()) {
            return new Command.Invalid(Replies.BAD_SYNTAX);
        }
        long size = -1;
        boolean eightBit = false;
        boolean utf8 = false;
        Optional<String> ret = Optional.empty();
        Optional<String> envid = Optional.empty();
        for (Map.Entry<String, String> parameter : parameters.get().entrySet()) {
            String value = parameter.getValue();
            boolean good = switch (parameter.getKey()) {
                case "SIZE" -> (size = number(value)) >= 0;
                case "BODY" -> {
                    eightBit = value.equalsIgnoreCase("8BITMIME");
                    yield eightBit || value.equalsIgnoreCase("7BIT");
                }
                case "SMTPUTF8" -> (utf8 = true) && value.isEmpty();
                case "RET" -> {
                    ret = Optional.of(value.toUpperCase(Locale.ROOT));
                    yield ret.get().equals("FULL") || ret.get().equals("HDRS");
                }
                case "ENVID" -> {
                    envid = Optional.of(value);
                    yield isXtext(value) && value.length() <= 100;
                }
                // RFC 4954 §5: read, and not believed.
                case "AUTH" -> !value.isEmpty();
                default -> {
                    yield false;
                }
            };
            if (!good) {
                return new Command.Invalid(
                        isMailParameter(parameter.getKey()) ? Replies.BAD_SYNTAX : Replies.UNKNOWN_PARAMETER);
            }
        }
        if (!utf8 && !mailbox.get().isAscii()) {
            return new Command.Invalid(Replies.NON_ASCII_ADDRESS);
        }
        Optional<Mailbox> sender = mailbox.filter(m -> !m.localPart().isEmpty());
        return new Command.Mail(new ReversePath(sender, size, eightBit, utf8, ret, envid));
    }

    private static boolean isMailParameter(String key) {
        return switch (key) {
            case "SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH" -> true;
            default -> false;
        };
    }

    private static Command rcpt(String rest) {
        int at = prefix(rest, "TO:");
        if (at < 0) {
            return new Command.Invalid(Replies.BAD_SYNTAX);
        }
        PathParser path = new PathParser(rest, at);
        Optional<Mailbox> mailbox = path.parse();
        if (mailbox.isEmpty()) {
            return new Command.Invalid(Replies.BAD_RECIPIENT);
        }
        if (mailbox.get().localPart().isEmpty()) {
            return new Command.Invalid(Replies.NULL_RECIPIENT);
        }
        Optional<Map<String, String>> parameters = parameters(rest.substring(path.end()));
        if (parameters.isEmpty()) {
            return new Command.Invalid(Replies.BAD_SYNTAX);
        }
        for (Map.Entry<String, String> parameter : parameters.get().entrySet()) {
            String value = parameter.getValue();
            boolean known =
                    parameter.getKey().equals("NOTIFY") || parameter.getKey().equals("ORCPT");
            if (!known) {
                return new Command.Invalid(Replies.UNKNOWN_PARAMETER);
            }
            if (parameter.getKey().equals("NOTIFY") ? !isNotify(value) : !isOrcpt(value)) {
                return new Command.Invalid(Replies.BAD_SYNTAX);
            }
        }
        return new Command.Rcpt(new Recipient(
                mailbox.get(),
                Optional.ofNullable(parameters.get().get("NOTIFY")),
                Optional.ofNullable(parameters.get().get("ORCPT"))));
    }

    private static Command bdat(String rest) {
        String[] words = rest.strip().split(" +", -1);
        long size = number(words[0]);
        boolean last = words.length == 2 && words[1].equalsIgnoreCase("LAST");
        return size < 0 || words.length > 2 || words.length == 2 && !last
                ? new Command.Invalid(Replies.BAD_SYNTAX)
                : new Command.Bdat(size, last);
    }

    private static Command auth(String rest) {
        String[] words = rest.strip().split(" +", -1);
        if (words[0].isEmpty() || words.length > 2) {
            return new Command.Invalid(Replies.BAD_SYNTAX);
        }
        return new Command.Auth(
                words[0].toUpperCase(Locale.ROOT), words.length == 2 ? Optional.of(words[1]) : Optional.empty());
    }

    private static Command xclient(String rest) {
        Optional<Map<String, String>> attributes = parameters(" " + rest.strip());
        if (attributes.isEmpty() || attributes.get().isEmpty()) {
            return new Command.Invalid(Replies.BAD_SYNTAX);
        }
        Map<String, String> decoded = new LinkedHashMap<>();
        for (Map.Entry<String, String> attribute : attributes.get().entrySet()) {
            String value = attribute.getValue();
            if (value.equalsIgnoreCase("[UNAVAILABLE]") || value.equalsIgnoreCase("[TEMPUNAVAIL]")) {
                continue;
            }
            Optional<String> text = decodeXtext(value);
            if (text.isEmpty()) {
                return new Command.Invalid(Replies.BAD_SYNTAX);
            }
            decoded.put(attribute.getKey(), text.get());
        }
        return new Command.Xclient(decoded);
    }

    /** Where the path begins behind {@code FROM:} or {@code TO:}; blanks between are forgiven. -1 if there is none. */
    private static int prefix(String rest, String prefix) {
        int at = 0;
        while (at < rest.length() && rest.charAt(at) == ' ') {
            at++;
        }
        if (!rest.regionMatches(true, at, prefix, 0, prefix.length())) {
            return -1;
        }
        at += prefix.length();
        while (at < rest.length() && rest.charAt(at) == ' ') {
            at++;
        }
        return at;
    }

    /** {@code  KEY=value KEY}: keys in upper case; empty if malformed, repeated or too many (RFC 5321 §4.1.2). */
    private static Optional<Map<String, String>> parameters(String text) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (text.isBlank()) {
            return Optional.of(parameters);
        }
        if (!text.startsWith(" ")) {
            return Optional.empty();
        }
        for (String word : text.strip().split(" +", -1)) {
            int equals = word.indexOf('=');
            String key = (equals < 0 ? word : word.substring(0, equals)).toUpperCase(Locale.ROOT);
            String value = equals < 0 ? "" : word.substring(equals + 1);
            boolean good = !key.isEmpty()
                    && key.chars().allMatch(c -> c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-')
                    && (equals < 0 || !value.isEmpty())
                    && value.chars().allMatch(c -> c > ' ' && c != 0x7F)
                    && parameters.size() < MAX_PARAMETERS
                    && parameters.put(key, value) == null;
            if (!good) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }

    /** A decimal number of at most 18 digits, or -1. */
    private static long number(String text) {
        if (text.isEmpty() || text.length() > 18 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        return Long.parseLong(text);
    }

    private static boolean isNotify(String value) {
        if (value.equalsIgnoreCase("NEVER")) {
            return true;
        }
        for (String word : value.toUpperCase(Locale.ROOT).split(",", -1)) {
            if (!word.equals("SUCCESS") && !word.equals("FAILURE") && !word.equals("DELAY")) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOrcpt(String value) {
        int semicolon = value.indexOf(';');
        return semicolon > 0 && value.length() <= 500 && isXtext(value.substring(semicolon + 1));
    }

    /** RFC 3461 §4. */
    private static boolean isXtext(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '+') {
                if (i + 2 >= value.length() || hex(value.charAt(i + 1)) < 0 || hex(value.charAt(i + 2)) < 0) {
                    return false;
                }
                i += 2;
            } else if (c <= ' ' || c >= 0x7F || c == '=') {
                return false;
            }
        }
        return true;
    }

    private static Optional<String> decodeXtext(String value) {
        ByteBuffer bytes = ByteBuffer.allocate(value.length() * 4);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '+') {
                int high = i + 2 < value.length() ? hex(value.charAt(i + 1)) : -1;
                int low = i + 2 < value.length() ? hex(value.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) {
                    return Optional.empty();
                }
                bytes.put((byte) (high << 4 | low));
                i += 2;
            } else {
                bytes.put(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
            return text.chars().allMatch(c -> c > 0x1F && c != 0x7F) ? Optional.of(text) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static int hex(char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    }
}
