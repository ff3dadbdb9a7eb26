package io.steamgate.mail.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandParserTest {
    private static ReversePath mail(String line) {
        return ((Command.Mail) CommandParser.parse(line)).sender();
    }

    private static Recipient rcpt(String line) {
        return ((Command.Rcpt) CommandParser.parse(line)).recipient();
    }

    private static Reply invalid(String line) {
        return ((Command.Invalid) CommandParser.parse(line)).reply();
    }

    @Test
    void verbsAreKnownInAnyCase() {
        assertThat(CommandParser.parse("data")).isEqualTo(new Command.Data());
        assertThat(CommandParser.parse("eHLO client.test")).isEqualTo(new Command.Helo("client.test", true));
        assertThat(CommandParser.parse("HELO [192.0.2.1]")).isEqualTo(new Command.Helo("[192.0.2.1]", false));
        assertThat(CommandParser.parse("GET / HTTP/1.1")).isEqualTo(new Command.Unknown());
        assertThat(CommandParser.parse("")).isEqualTo(new Command.Unknown());
        assertThat(CommandParser.parse("DATA now")).isInstanceOf(Command.Invalid.class);
    }

    @Test
    void mailHasAPathAndParameters() {
        ReversePath sender = mail("MAIL FROM:<joe@a.test> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B1");
        assertThat(sender.path()).isEqualTo("<joe@a.test>");
        assertThat(sender.size()).isEqualTo(1000);
        assertThat(sender.eightBit()).isTrue();
        assertThat(sender.smtpUtf8()).isTrue();
        assertThat(sender.ret()).contains("HDRS");
        assertThat(sender.envid()).contains("QQ+2B1");
        assertThat(mail("MAIL FROM:<>").mailbox()).isEmpty();
        assertThat(mail("mail from: <joe@a.test>").path()).isEqualTo("<joe@a.test>");
        assertThat(mail("MAIL FROM:<@x.test,@y.test:joe@a.test>").path())
                .as("a source route is ignored")
                .isEqualTo("<joe@a.test>");
    }

    @Test
    void recipientsHaveManyForms() {
        assertThat(rcpt("RCPT TO:<Postmaster>").mailbox()).isEqualTo(new Mailbox("Postmaster", ""));
        assertThat(rcpt("RCPT TO:<\"a b\\\"c\"@a.test>").mailbox().plainLocalPart())
                .isEqualTo("a b\"c");
        assertThat(rcpt("RCPT TO:<joe@[IPv6:2001:db8::1]>").mailbox().domain()).isEqualTo("[IPv6:2001:db8::1]");
        Recipient dsn = rcpt("RCPT TO:<joe@a.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Joe@a.test");
        assertThat(dsn.notification()).contains("SUCCESS,DELAY");
        assertThat(dsn.orcpt()).contains("rfc822;Joe@a.test");
        assertThat(rcpt("RCPT TO:<jörg@a.test>").mailbox().isAscii()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MAIL FROM:joe@a.test",
                "MAIL FROM:<joe@a.test",
                "MAIL FROM:<joe@@a.test>",
                "MAIL FROM:<joe@a..test>",
                "MAIL FROM:<joe@-a.test>",
                "MAIL FROM:<joe>",
                "MAIL FROM:<.joe@a.test>",
                "MAIL FROM:<\"joe@a.test>",
                "MAIL FROM:<joe@[>",
                "MAIL FROM:<@x.test:>",
            })
    void aBadSenderIsRefused(String line) {
        assertThat(invalid(line)).isEqualTo(Replies.BAD_SENDER);
    }

    @Test
    void partsOfAPathAreBounded() {
        assertThat(CommandParser.parse("MAIL FROM:<" + "a".repeat(64) + "@a.test>"))
                .isInstanceOf(Command.Mail.class);
        assertThat(invalid("MAIL FROM:<" + "a".repeat(65) + "@a.test>")).isEqualTo(Replies.BAD_SENDER);
        assertThat(invalid("MAIL FROM:<a@" + "a.".repeat(125) + "test.test>")).isEqualTo(Replies.BAD_SENDER);
    }

    @Test
    void parametersAreStrict() {
        assertThat(invalid("MAIL FROM:<a@a.test> SIZE=1 SIZE=2")).isEqualTo(Replies.BAD_SYNTAX);
        assertThat(invalid("MAIL FROM:<a@a.test> SIZE=-1")).isEqualTo(Replies.BAD_SYNTAX);
        assertThat(invalid("MAIL FROM:<a@a.test> SIZE=9999999999999999999")).isEqualTo(Replies.BAD_SYNTAX);
        assertThat(invalid("MAIL FROM:<a@a.test> BODY=BINARYMIME")).isEqualTo(Replies.BAD_SYNTAX);
        assertThat(invalid("MAIL FROM:<a@a.test> NONSENSE=1")).isEqualTo(Replies.UNKNOWN_PARAMETER);
        assertThat(invalid("MAIL FROM:<a@a.test>SIZE=1")).isEqualTo(Replies.BAD_SYNTAX);
        assertThat(invalid("RCPT TO:<a@a.test> NOTIFY=NEVER,DELAY")).isEqualTo(Replies.BAD_SYNTAX);
        assertThat(invalid("RCPT TO:<>")).isEqualTo(Replies.NULL_RECIPIENT);
        assertThat(invalid("MAIL FROM:<jörg@a.test>")).isEqualTo(Replies.NON_ASCII_ADDRESS);
    }

    @Test
    void chunksHaveASize() {
        assertThat(CommandParser.parse("BDAT 1000")).isEqualTo(new Command.Bdat(1000, false));
        assertThat(CommandParser.parse("BDAT 0 last")).isEqualTo(new Command.Bdat(0, true));
        assertThat(invalid("BDAT")).isEqualTo(Replies.BAD_SYNTAX);
        assertThat(invalid("BDAT 1 2")).isEqualTo(Replies.BAD_SYNTAX);
    }

    @Test
    void xclientValuesAreDecoded() {
        assertThat(CommandParser.parse("XCLIENT ADDR=192.0.2.9 NAME=[UNAVAILABLE] LOGIN=a+2Bb"))
                .isEqualTo(new Command.Xclient(Map.of("ADDR", "192.0.2.9", "LOGIN", "a+b")));
        assertThat(invalid("XCLIENT NAME=a+0Ab")).isEqualTo(Replies.BAD_SYNTAX);
    }

    @Test
    void authMayBringAResponse() {
        assertThat(CommandParser.parse("AUTH plain AGEAYg=="))
                .isEqualTo(new Command.Auth("PLAIN", Optional.of("AGEAYg==")));
        assertThat(CommandParser.parse("AUTH LOGIN")).isEqualTo(new Command.Auth("LOGIN", Optional.empty()));
    }

    @Test
    void noLineMakesTheParserThrow() {
        Random random = new Random(3);
        String[] starts = {"MAIL FROM:<", "RCPT TO:<", "BDAT ", "XCLIENT ", "AUTH ", "EHLO ", "MAIL FROM:<a@b> "};
        for (int round = 0; round < 100_000; round++) {
            StringBuilder line = new StringBuilder(starts[random.nextInt(starts.length)]);
            for (int i = random.nextInt(20); i > 0; i--) {
                line.append("<>@.[]\"\\+=;, aZ0é\ud83d".charAt(random.nextInt(18)));
            }
            assertThat(CommandParser.parse(line.toString())).isNotNull();
        }
    }
}
