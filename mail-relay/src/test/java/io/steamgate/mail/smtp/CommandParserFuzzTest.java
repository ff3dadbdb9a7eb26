package io.steamgate.mail.smtp;

import static io.steamgate.mail.Invariant.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;

/** Lines as the reader takes them; what was parsed says the same when it is said again. */
class CommandParserFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        if (octets.length > 400) {
            return;
        }
        LineReader reader = new LineReader();
        ByteBuffer in = ByteBuffer.wrap(octets);
        while (in.hasRemaining()) {
            switch (reader.next(in, 2048)) {
                case LINE -> check(CommandParser.parse(reader.line()));
                case BARE_CR, BARE_LF, NUL -> {
                    return;
                }
                case INCOMPLETE -> hold(!in.hasRemaining(), "a line that is not complete takes all there is");
                case TOO_LONG, NOT_TEXT -> {}
            }
        }
    }

    private static void check(Command command) {
        switch (command) {
            case Command.Mail mail -> {
                String path = mail.sender().path();
                hold(path.startsWith("<") && path.endsWith(">") && path.indexOf('\r') < 0, "a path is a path");
                String again = "MAIL FROM:" + path + (mail.sender().smtpUtf8() ? " SMTPUTF8" : "");
                hold(
                        CommandParser.parse(again) instanceof Command.Mail same
                                && same.sender().mailbox().equals(mail.sender().mailbox()),
                        "a sender is read as it is written");
            }
            case Command.Rcpt rcpt -> {
                String again = "RCPT TO:" + rcpt.recipient().path();
                hold(
                        CommandParser.parse(again) instanceof Command.Rcpt same
                                && same.recipient()
                                        .mailbox()
                                        .equals(rcpt.recipient().mailbox()),
                        "a recipient is read as it is written");
            }
            case Command.Xclient xclient ->
                hold(
                        xclient.attributes().values().stream().noneMatch(v -> v.contains("\r") || v.contains("\n")),
                        "an attribute is of one line");
            case Command.Bdat bdat -> hold(bdat.size() >= 0, "a size is a size");
            default -> {}
        }
    }
}
