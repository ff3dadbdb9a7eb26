package io.steamgate.mail;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** A line's worth of password, made apart from the code that reads it (RFC 5803 §2 in Dovecot's spelling). */
public final class TestVerifier {
    private TestVerifier() {}

    public static String of(String password) {
        try {
            byte[] salt = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
            byte[] salted = salted(password, salt);
            byte[] stored = MessageDigest.getInstance("SHA-256").digest(hmac(salted, "Client Key"));
            Base64.Encoder base64 = Base64.getEncoder();
            return "{SCRAM-SHA-256}4096," + base64.encodeToString(salt) + "," + base64.encodeToString(stored) + ","
                    + base64.encodeToString(hmac(salted, "Server Key"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What a client answers a challenge with that knows the password (RFC 5802 §3).
     *
     * @param first what it said first, without the header
     */
    static String proof(String password, String first, String challenge) {
        try {
            String[] parts = challenge.split(",");
            String last = "c=biws," + parts[0];
            byte[] salted = salted(password, Base64.getDecoder().decode(parts[1].substring("s=".length())));
            byte[] key = hmac(salted, "Client Key");
            byte[] signature =
                    hmac(MessageDigest.getInstance("SHA-256").digest(key), first + "," + challenge + "," + last);
            for (int i = 0; i < key.length; i++) {
                key[i] ^= signature[i];
            }
            return last + ",p=" + Base64.getEncoder().encodeToString(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] salted(String password, byte[] salt) throws GeneralSecurityException {
        return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                .generateSecret(new PBEKeySpec(password.toCharArray(), salt, 4096, 256))
                .getEncoded();
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
    }
}
