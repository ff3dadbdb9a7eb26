package io.steamgate.mail.auth;

import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The SASL mechanisms, against one file of verifiers. */
public final class Mechanisms {
    /** In order of preference. */
    public static final List<String> NAMES = List.of("SCRAM-SHA-256", "PLAIN", "LOGIN");

    private static final int FEWEST_ITERATIONS = 4096;

    private final PasswordFile file;
    private final RandomGenerator random;
    private final byte[] secret = new byte[32];

    /** @param random a cryptographic one */
    public Mechanisms(PasswordFile file, RandomGenerator random) {
        this.file = file;
        this.random = random;
        random.nextBytes(secret);
    }

    /** Begins an exchange; empty for a mechanism that is not there. */
    public Optional<SaslExchange> start(String name) {
        return switch (name) {
            case "PLAIN" -> Optional.of(new Plain(this));
            case "LOGIN" -> Optional.of(new Login(this));
            case "SCRAM-SHA-256" -> Optional.of(new ScramSha256(this, nonce()));
            default -> Optional.empty();
        };
    }

    private String nonce() {
        byte[] bytes = new byte[18];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Whether the password is the user's; takes as long for users that are not there. */
    boolean matches(String user, String password) {
        Optional<Verifier> verifier = file.find(user);
        return verifier.orElseGet(() -> decoy(user)).matches(password) && verifier.isPresent();
    }

    Optional<Verifier> find(String user) {
        return file.find(user);
    }

    /** A verifier for a user that is not there: always the same salt, so that nobody learns who is. */
    Verifier decoy(String user) {
        byte[] salt = Verifier.hmac(secret, user.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        int iterations = file.usualIterations().orElse(FEWEST_ITERATIONS);
        return new Verifier(iterations, java.util.Arrays.copyOf(salt, 16), new byte[32], new byte[32]);
    }
}
