package io.steamgate.mail.milter;

import io.steamgate.mail.smtp.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The MTA's side of the milter protocol, version 6, for one message: packets in, packets out. There is no standard; the source
 * is {@code mfdef.h} of libmilter. A command is sent when the one before it is answered.
 */
final class MilterDialogue {
    /** What the filter made of the message. */
    sealed interface Outcome {
        /** @param lines header fields that it adds, each with its line end */
        record Passed(String lines) implements Outcome {}

        record Refused(Reply reply) implements Outcome {}

        /** It does not say. */
        record Failed(Failure why) implements Outcome {}
    }

    /** Why a filter does not say what is to become of a message. */
    enum Failure {
        /** No connection could be made. */
        UNREACHABLE,
        /** The connection broke. */
        LOST,
        TIMEOUT,
        /** It broke the protocol. */
        MALFORMED,
        /** It began a packet of more than {@link MilterFrames#LIMIT} octets. */
        OVERSIZED,
        /** It wants more of the header changed than one message may have. */
        TOO_MANY_CHANGES
    }

    /** What the filter is to answer, each with a time of its own. */
    enum Stage {
        /** The connection, and the offer of what is spoken. */
        CONNECT,
        /** A part of the envelope. */
        COMMAND,
        /** A part of the message, or its end. */
        CONTENT
    }

    private static final int VERSION = 6;
    /**
     * Adding header fields is done; changing them is offered because filters insist, and left undone; so is quarantine, and
     * what a filter would put there is refused.
     */
    private static final int ACTIONS = 0x01 | 0x10 | 0x20;

    private static final int NO_CONNECT = 0x1;
    private static final int NO_HELO = 0x2;
    private static final int NO_MAIL = 0x4;
    private static final int NO_RCPT = 0x8;
    private static final int NO_BODY = 0x10;
    private static final int NO_HEADERS = 0x20;
    private static final int NO_END_OF_HEADERS = 0x40;
    private static final int QUIET_HEADERS = 0x80;
    /** We never say what we do not know. */
    private static final int NO_UNKNOWN = 0x100;

    private static final int NO_DATA = 0x200;
    private static final int SKIP = 0x400;
    /** Recipients that were refused are not named here, whether or not a filter wants to hear of them. */
    private static final int REFUSED_RECIPIENTS = 0x800;

    private static final int QUIET_CONNECT = 0x1000;
    private static final int QUIET_HELO = 0x2000;
    private static final int QUIET_MAIL = 0x4000;
    private static final int QUIET_RCPT = 0x8000;
    private static final int QUIET_DATA = 0x10000;
    private static final int QUIET_UNKNOWN = 0x20000;
    private static final int QUIET_END_OF_HEADERS = 0x40000;
    private static final int QUIET_BODY = 0x80000;
    private static final int LEADING_SPACE = 0x100000;
    private static final int PROTOCOL = NO_CONNECT
            | NO_HELO
            | NO_MAIL
            | NO_RCPT
            | NO_BODY
            | NO_HEADERS
            | NO_END_OF_HEADERS
            | QUIET_HEADERS
            | NO_UNKNOWN
            | NO_DATA
            | SKIP
            | REFUSED_RECIPIENTS
            | QUIET_CONNECT
            | QUIET_HELO
            | QUIET_MAIL
            | QUIET_RCPT
            | QUIET_DATA
            | QUIET_UNKNOWN
            | QUIET_END_OF_HEADERS
            | QUIET_BODY
            | LEADING_SPACE;

    /** Octets that a filter adds to one message. */
    private static final int MOST_LINES = 32 * 1024;

    /** Changes that a filter asks for, those that are not made included. */
    private static final int MOST_CHANGES = 1000;

    private static final Reply REFUSED = Reply.of(550, "5.7.1 Message refused");
    private static final Reply DEFERRED = Reply.of(451, "4.7.1 Message deferred, please try again later");

    private record Step(char command, int without, int quiet, Supplier<byte[]> data) {}

    private final Consumer<byte[]> out;
    private final ArrayDeque<Step> steps = new ArrayDeque<>();
    private final StringBuilder lines = new StringBuilder();
    private Optional<Outcome> outcome = Optional.empty();
    private int protocol;
    private boolean negotiated;
    private boolean waiting = true;
    private boolean skipped;
    private boolean ending;
    private Stage stage = Stage.CONNECT;
    private long asked;
    private int changes;

    MilterDialogue(Consumer<byte[]> out) {
        this.out = out;
    }

    Optional<Outcome> outcome() {
        return outcome;
    }

    /** Whether all that was said so far is on its way, and answered as far as it will be. */
    boolean isIdle() {
        return outcome.isPresent() || steps.isEmpty() && !waiting;
    }

    /** How many answers were waited for so far, the present one included. */
    long asked() {
        return asked;
    }

    /** What is waited for now. */
    Stage stage() {
        return stage;
    }

    /** Says who we are; the filter answers. */
    void begin() {
        out.accept(MilterFrames.packet(
                'O',
                ByteBuffer.allocate(12)
                        .putInt(VERSION)
                        .putInt(ACTIONS)
                        .putInt(PROTOCOL)
                        .array()));
    }

    /** @param family 4 or 6 */
    void connect(String address, int port, char family, String hostname) {
        macros('C', NO_CONNECT, "j", hostname, "{client_addr}", address);
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(text("[" + address + "]"));
        data.write(family);
        data.write(port >> 8);
        data.write(port);
        data.writeBytes(text(family == '6' ? "IPv6:" + address : address));
        say('C', NO_CONNECT, QUIET_CONNECT, data.toByteArray());
    }

    void helo(String name) {
        say('H', NO_HELO, QUIET_HELO, text(name));
    }

    void mail(String path, String id) {
        macros('M', NO_MAIL, "i", id);
        say('M', NO_MAIL, QUIET_MAIL, text(path));
    }

    void rcpt(String path) {
        say('R', NO_RCPT, QUIET_RCPT, text(path));
    }

    void data(String id) {
        macros('T', NO_DATA, "i", id);
        say('T', NO_DATA, QUIET_DATA, new byte[0]);
    }

    /** @param value as it is behind the colon, folded lines and all */
    void header(String name, String value) {
        // Line ends within a value are bare LF, by custom.
        String folded = value.replace("\r\n", "\n");
        steps.add(new Step('L', NO_HEADERS, QUIET_HEADERS, () -> {
            boolean strip = (protocol & LEADING_SPACE) == 0 && folded.startsWith(" ");
            return text(name, strip ? folded.substring(1) : folded);
        }));
        pump();
    }

    void endOfHeaders() {
        say('N', NO_END_OF_HEADERS, QUIET_END_OF_HEADERS, new byte[0]);
    }

    /** At most 65,535 octets. */
    void body(byte[] octets) {
        say('B', NO_BODY, QUIET_BODY, octets);
    }

    void end(String id) {
        macros('E', 0, "i", id);
        say('E', 0, 0, new byte[0]);
    }

    private void macros(char command, int without, String... pairs) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.write(command);
        data.writeBytes(text(pairs));
        byte[] macros = data.toByteArray();
        steps.add(new Step('D', without, ~0, () -> macros));
    }

    /** Each with an end; an octet of zero within would be one too. */
    private static byte[] text(String... words) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String word : words) {
            bytes.writeBytes(word.replace('\0', '?').getBytes(StandardCharsets.UTF_8));
            bytes.write(0);
        }
        return bytes.toByteArray();
    }

    private void say(char command, int without, int quiet, byte[] data) {
        steps.add(new Step(command, without, quiet, () -> data));
        pump();
    }

    private void pump() {
        while (negotiated && !waiting && outcome.isEmpty() && !steps.isEmpty()) {
            Step step = steps.remove();
            boolean wanted = (step.without() & protocol) == 0 && !(skipped && step.command() == 'B');
            if (wanted) {
                ending = step.command() == 'E';
                waiting = step.command() != 'D' && (step.quiet() & protocol) == 0;
                if (waiting) {
                    asked++;
                    stage = "LNBE".indexOf(step.command()) < 0 ? Stage.COMMAND : Stage.CONTENT;
                }
                out.accept(MilterFrames.packet(step.command(), step.data().get()));
            }
        }
    }

    /** What the filter says. */
    void received(MilterFrames.Packet packet) {
        if (outcome.isPresent()) {
            return;
        }
        if (!negotiated) {
            negotiate(packet);
            return;
        }
        if (!waiting) {
            failed(Failure.MALFORMED);
            return;
        }
        switch (packet.command()) {
            case 'c' -> {
                if (ending) {
                    decide(new Outcome.Passed(lines.toString()));
                } else {
                    goOn();
                }
            }
            case 's' -> {
                skipped = true;
                goOn();
            }
            case 'a' -> decide(new Outcome.Passed(lines.toString()));
            // Nothing that was acknowledged may be lost: what a filter would throw away or lay aside is refused.
            case 'r', 'd', 'q' -> decide(new Outcome.Refused(REFUSED));
            case 't' -> decide(new Outcome.Refused(DEFERRED));
            case 'y' -> decide(new Outcome.Refused(reply(packet.data())));
            case 'p' -> {}
            case 'h' -> add(packet.data(), 0);
            case 'i' -> add(packet.data(), 4);
            case 'm' -> change();
            default -> failed(Failure.MALFORMED);
        }
    }

    private void negotiate(MilterFrames.Packet packet) {
        if (packet.command() != 'O' || packet.data().length < 12) {
            failed(Failure.MALFORMED);
            return;
        }
        ByteBuffer data = ByteBuffer.wrap(packet.data());
        int version = data.getInt(0);
        // What it might do is skipped: rspamd names all there is, whatever is offered. What counts is what it does.
        protocol = data.getInt(8);
        if (version < 2 || version > VERSION || (protocol & ~PROTOCOL) != 0) {
            failed(Failure.MALFORMED);
            return;
        }
        negotiated = true;
        goOn();
    }

    private void goOn() {
        waiting = false;
        pump();
    }

    private void change() {
        if (++changes > MOST_CHANGES) {
            failed(Failure.TOO_MANY_CHANGES);
        }
    }

    /** A field for the head; what is none is left out. */
    private void add(byte[] data, int from) {
        change();
        String text = data.length < from ? "" : new String(data, from, data.length - from, StandardCharsets.UTF_8);
        String[] words = text.split("\0", -1);
        if (!ending || words.length < 2) {
            failed(Failure.MALFORMED);
            return;
        }
        String value = words[1].replace("\r\n", "\n").strip();
        String line = words[0] + ": " + value.replace("\n", "\r\n") + "\r\n";
        boolean sound = words[0].matches("[!-9;-~&&[^.]][!-9;-~]{0,75}")
                && value.chars().allMatch(c -> c >= ' ' && c != 0x7F || c == '\t' || c == '\n')
                && !value.matches("(?s).*\n([^ \t].*)?")
                && line.lines().allMatch(part -> part.getBytes(StandardCharsets.UTF_8).length <= 998);
        if (lines.length() + line.length() > MOST_LINES) {
            failed(Failure.TOO_MANY_CHANGES);
        } else if (sound) {
            lines.append(line);
        }
    }

    /** Its words, if they are a refusal's; else the refusal of that kind. */
    private static Reply reply(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8).split("[\0\r\n]", 2)[0];
        Reply plain = text.startsWith("4") ? DEFERRED : REFUSED;
        if (!text.matches("[45]\\d\\d[ -][ -~]{1,400}")) {
            return plain;
        }
        String words = text.substring(4).replace("%%", "%");
        int code = Integer.parseInt(text.substring(0, 3));
        // 421 would close this relay's connection, which the client may need for other mail.
        return code == 421 || !words.matches(text.charAt(0) + "\\.\\d{1,3}\\.\\d{1,3} .*")
                ? Reply.of(plain.code(), plain.lines().getFirst().substring(0, 6) + words)
                : Reply.of(code, words);
    }

    private void decide(Outcome what) {
        outcome = Optional.of(what);
        steps.clear();
    }

    /** The filter will not say. */
    void failed(Failure why) {
        if (outcome.isEmpty()) {
            decide(new Outcome.Failed(why));
        }
    }
}
