package io.steamgate.mail.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.mail.session.SaslAnswer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MechanismsTest {
    @TempDir
    Path directory;

    private Path file;
    private Mechanisms mechanisms;

    @BeforeEach
    void write() throws IOException {
        file = directory.resolve("passwords");
        // The salt of RFC 7677 §3.
        Verifier verifier = Verifier.of("pencil", 4096, Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ=="));
        Files.writeString(file, "# users\nuser:" + verifier + "\n");
        mechanisms = new Mechanisms(new PasswordFile(file), new Random(1));
    }

    private static Optional<byte[]> text(String text) {
        return Optional.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String challenge(SaslAnswer answer) {
        return new String(((SaslAnswer.Challenge) answer).bytes(), StandardCharsets.UTF_8);
    }

    private SaslExchange start(String name) {
        return mechanisms.start(name).orElseThrow();
    }

    @Test
    void scramSpeaksTheExampleOfItsRfc() {
        ScramSha256 scram = new ScramSha256(mechanisms, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        assertThat(challenge(scram.respond(text("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))))
                .isEqualTo("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        assertThat(challenge(scram.respond(text("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                        + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))))
                .isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assertThat(scram.respond(Optional.of(new byte[0]))).isEqualTo(new SaslAnswer.Success("user"));
    }

    @Test
    void aWrongProofOrNonceFails() {
        for (String last : new String[] {
            "c=biws,r=rOprNGfwEbeRWgbNEkqOx,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVU=",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "c=eSws,r=rOprNGfwEbeRWgbNEkqOx,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "c=biws,r=rOprNGfwEbeRWgbNEkqOx,p=!",
            ""
        }) {
            ScramSha256 scram = new ScramSha256(mechanisms, "x");
            scram.respond(text("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
            assertThat(scram.respond(text(last))).isInstanceOf(SaslAnswer.Failure.class);
        }
    }

    @Test
    void channelBindingAndOtherIdentitiesAreRefused() {
        for (String first : new String[] {
            "p=tls-unique,,n=user,r=rOprNGfwEbeRWgbNEkqO", "n,a=root,n=user,r=rOprNGfwEbeRWgbNEkqO", "n,,m=x,n=user", ""
        }) {
            assertThat(new ScramSha256(mechanisms, "x").respond(text(first))).isInstanceOf(SaslAnswer.Failure.class);
        }
    }

    @Test
    void nobodyLearnsWhichUsersThereAre() {
        String first = challenge(new ScramSha256(mechanisms, "x").respond(text("n,,n=nobody,r=rOprNGfwEbeRWgbNEkqO")));
        assertThat(first).matches("r=rOprNGfwEbeRWgbNEkqOx,s=[A-Za-z0-9+/]{22}==,i=4096");
        assertThat(challenge(new ScramSha256(mechanisms, "x").respond(text("n,,n=nobody,r=rOprNGfwEbeRWgbNEkqO"))))
                .isEqualTo(first);
    }

    @Test
    void whoeverIsNotThereCostsAsMuchAsThoseWhoAre() throws IOException {
        Files.writeString(
                file,
                "a:" + Verifier.of("x", 4096, new byte[8]) + "\nb:" + Verifier.of("x", 10_000, new byte[8]) + "\nc:"
                        + Verifier.of("y", 10_000, new byte[8]) + "\n");
        mechanisms = new Mechanisms(new PasswordFile(file), new Random(1));
        assertThat(challenge(new ScramSha256(mechanisms, "x").respond(text("n,,n=nobody,r=rOprNGfwEbeRWgbNEkqO"))))
                .endsWith(",i=10000");
    }

    @Test
    void plainTakesAPassword() {
        assertThat(start("PLAIN").respond(text("\0user\0pencil"))).isEqualTo(new SaslAnswer.Success("user"));
        assertThat(start("PLAIN").respond(text("user\0user\0pencil"))).isEqualTo(new SaslAnswer.Success("user"));
        for (String wrong : new String[] {"\0user\0pen", "root\0user\0pencil", "\0nobody\0pencil", "user", "\0\0"}) {
            assertThat(start("PLAIN").respond(text(wrong))).isInstanceOf(SaslAnswer.Failure.class);
        }
        assertThat(challenge(start("PLAIN").respond(Optional.empty()))).isEmpty();
    }

    @Test
    void loginAsksTwice() {
        SaslExchange login = start("LOGIN");
        assertThat(challenge(login.respond(Optional.empty()))).isEqualTo("Username:");
        assertThat(challenge(login.respond(text("user")))).isEqualTo("Password:");
        assertThat(login.respond(text("pencil"))).isEqualTo(new SaslAnswer.Success("user"));
    }

    @Test
    void aVerifierByDovecotIsUnderstood() {
        // doveadm pw -s SCRAM-SHA-256 -p secret
        Verifier verifier = Verifier.parse("{SCRAM-SHA-256}4096,uzHi4LvH0aiE2CajtZnA4w==,"
                + Verifier.of("secret", 4096, Base64.getDecoder().decode("uzHi4LvH0aiE2CajtZnA4w=="))
                        .toString()
                        .split(",", 3)[2]);
        assertThat(verifier.matches("secret")).isTrue();
        assertThat(verifier.matches("Secret")).isFalse();
    }

    @Test
    void aWrongLineOfTheFileIsNamed() throws IOException {
        Files.writeString(file, "\nuser:{PLAIN}secret\n");
        assertThatThrownBy(() -> new PasswordFile(file)).hasMessage("line 2: no {SCRAM-SHA-256} verifier");
        Files.writeString(file, "user:{SCRAM-SHA-256}1,AAAAAAAAAAA=,AAAA,AAAA\n");
        assertThatThrownBy(() -> new PasswordFile(file)).hasMessageStartingWith("line 1: iterations below 4096");
    }

    @Test
    void aChangedFileIsReadAgain() throws IOException {
        Files.writeString(file, "other:" + Verifier.of("x", 4096, new byte[8]) + "\n");
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
        assertThat(start("PLAIN").respond(text("\0user\0pencil"))).isInstanceOf(SaslAnswer.Failure.class);
        assertThat(start("PLAIN").respond(text("\0other\0x"))).isEqualTo(new SaslAnswer.Success("other"));
    }
}
