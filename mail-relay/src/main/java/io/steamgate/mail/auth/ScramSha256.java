package io.steamgate.mail.auth;

import io.steamgate.mail.session.SaslAnswer;
import io.steamgate.mail.smtp.Replies;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding; the password never comes this way. */
final class ScramSha256 implements SaslExchange {
    private static final SaslAnswer FAILURE = new SaslAnswer.Failure(Replies.AUTH_FAILED);

    private enum Step {
        FIRST,
        FINAL,
        DONE
    }

    private final Mechanisms mechanisms;
    private final String serverNonce;
    private Step step = Step.FIRST;
    private String user = "";
    private @Nullable Verifier verifier;
    private boolean known;
    private String channel = "";
    private String nonce = "";
    private String firstMessages = "";

    ScramSha256(Mechanisms mechanisms, String serverNonce) {
        this.mechanisms = mechanisms;
        this.serverNonce = serverNonce;
    }

    @Override
    public SaslAnswer respond(Optional<byte[]> response) {
        if (response.isEmpty()) {
            return new SaslAnswer.Challenge(new byte[0]);
        }
        String text = new String(response.get(), StandardCharsets.UTF_8);
        return switch (step) {
            case FIRST -> first(text);
            case FINAL -> last(text);
            case DONE -> new SaslAnswer.Success(user);
        };
    }

    /** {@code n,,n=user,r=nonce}: the GS2 header says that no channel is bound, and that nobody acts for another. */
    private SaslAnswer first(String text) {
        boolean header = text.startsWith("n,") || text.startsWith("y,");
        int bare = header ? text.indexOf(',', 2) + 1 : 0;
        if (bare < 3) {
            return FAILURE;
        }
        String authzid = text.substring(2, bare - 1);
        String[] attributes = text.substring(bare).split(",", -1);
        if (attributes.length < 2 || !attributes[0].startsWith("n=") || !attributes[1].startsWith("r=")) {
            return FAILURE;
        }
        user = attributes[0].substring(2).replace("=2C", ",").replace("=3D", "=");
        if (!authzid.isEmpty() && !authzid.equals("a=" + attributes[0].substring(2)) || attributes[1].length() < 10) {
            return FAILURE;
        }
        Optional<Verifier> found = mechanisms.find(user);
        known = found.isPresent();
        Verifier used = found.orElseGet(() -> mechanisms.decoy(user));
        verifier = used;
        channel = Base64.getEncoder().encodeToString(text.substring(0, bare).getBytes(StandardCharsets.UTF_8));
        nonce = attributes[1].substring(2) + serverNonce;
        String challenge =
                "r=" + nonce + ",s=" + Base64.getEncoder().encodeToString(used.salt()) + ",i=" + used.iterations();
        firstMessages = text.substring(bare) + "," + challenge;
        step = Step.FINAL;
        return new SaslAnswer.Challenge(challenge.getBytes(StandardCharsets.UTF_8));
    }

    /** {@code c=channel,r=nonce,p=proof}. */
    private SaslAnswer last(String text) {
        int proofAt = text.lastIndexOf(",p=");
        Verifier used = verifier;
        if (used == null || proofAt < 0 || !text.substring(0, proofAt).equals("c=" + channel + ",r=" + nonce)) {
            return FAILURE;
        }
        byte[] proof;
        try {
            proof = Base64.getDecoder().decode(text.substring(proofAt + 3));
        } catch (IllegalArgumentException e) {
            return FAILURE;
        }
        byte[] message = (firstMessages + "," + text.substring(0, proofAt)).getBytes(StandardCharsets.UTF_8);
        byte[] clientKey = Verifier.hmac(used.storedKey(), message);
        if (proof.length != clientKey.length) {
            return FAILURE;
        }
        for (int i = 0; i < proof.length; i++) {
            clientKey[i] ^= proof[i];
        }
        if (!MessageDigest.isEqual(Verifier.sha256(clientKey), used.storedKey()) || !known) {
            return FAILURE;
        }
        step = Step.DONE;
        String signature = Base64.getEncoder().encodeToString(Verifier.hmac(used.serverKey(), message));
        return new SaslAnswer.Challenge(("v=" + signature).getBytes(StandardCharsets.UTF_8));
    }
}
