package io.steamgate.mail.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * What is kept of a password: enough to check it, not enough to say it (RFC 5802 §3, with SHA-256 by RFC 7677).
 *
 * @param iterations of PBKDF2
 * @param storedKey hash of the client key
 */
record Verifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
    private static final int MIN_ITERATIONS = 4096;
    private static final int MAX_ITERATIONS = 1_000_000;
    private static final int KEY = 32;

    /**
     * Parses {@code {SCRAM-SHA-256}4096,SALT,STORED-KEY,SERVER-KEY} in base64, as {@code doveadm pw -s SCRAM-SHA-256}
     * prints it.
     *
     * @throws IllegalArgumentException saying what is wrong
     */
    static Verifier parse(String text) {
        String scheme = "{SCRAM-SHA-256}";
        if (!text.startsWith(scheme)) {
            throw new IllegalArgumentException("no " + scheme + " verifier");
        }
        String[] parts = text.substring(scheme.length()).split(",", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("expected ITERATIONS,SALT,STORED-KEY,SERVER-KEY");
        }
        int iterations = Integer.parseInt(parts[0]);
        Base64.Decoder base64 = Base64.getDecoder();
        Verifier verifier =
                new Verifier(iterations, base64.decode(parts[1]), base64.decode(parts[2]), base64.decode(parts[3]));
        if (iterations < MIN_ITERATIONS
                || iterations > MAX_ITERATIONS
                || verifier.salt.length < 8
                || verifier.storedKey.length != KEY
                || verifier.serverKey.length != KEY) {
            throw new IllegalArgumentException("iterations below " + MIN_ITERATIONS + " or above " + MAX_ITERATIONS
                    + ", a salt below 8 octets, or keys that are not of " + KEY + " octets");
        }
        return verifier;
    }

    /** Makes a verifier of a password. */
    static Verifier of(String password, int iterations, byte[] salt) {
        byte[] salted = saltedPassword(password, iterations, salt);
        byte[] clientKey = hmac(salted, "Client Key".getBytes(StandardCharsets.US_ASCII));
        return new Verifier(
                iterations, salt, sha256(clientKey), hmac(salted, "Server Key".getBytes(StandardCharsets.US_ASCII)));
    }

    boolean matches(String password) {
        Verifier other = of(password, iterations, salt);
        return MessageDigest.isEqual(storedKey, other.storedKey) && MessageDigest.isEqual(serverKey, other.serverKey);
    }

    @Override
    public String toString() {
        Base64.Encoder base64 = Base64.getEncoder();
        return "{SCRAM-SHA-256}" + iterations + "," + base64.encodeToString(salt) + ","
                + base64.encodeToString(storedKey) + "," + base64.encodeToString(serverKey);
    }

    private static byte[] saltedPassword(String password, int iterations, byte[] salt) {
        try {
            // What is left of SASLprep (RFC 4013) for passwords that people type.
            String prepared = Normalizer.normalize(password, Normalizer.Form.NFKC);
            PBEKeySpec spec = new PBEKeySpec(prepared.toCharArray(), salt, iterations, KEY * 8);
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no PBKDF2 with SHA-256", e);
        }
    }

    static byte[] hmac(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC with SHA-256", e);
        }
    }

    static byte[] sha256(byte[] text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
