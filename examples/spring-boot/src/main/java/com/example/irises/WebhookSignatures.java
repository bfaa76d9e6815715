package com.example.irises;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tells messages of the worker from those of others, as Standard Webhooks 1.0 has it. */
final class WebhookSignatures {

    private static final String ALGORITHM = "HmacSHA256";
    private static final String SECRET_PREFIX = "whsec_";
    private static final String SIGNATURE_PREFIX = "v1,";
    /** An older message may be one that somebody else kept, and sends again. */
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private final SecretKeySpec key;
    private final Clock clock;

    /** secret: whsec_ and base64, as POST /api/webhooks gave it. Throws IllegalArgumentException when it is not that. */
    WebhookSignatures(String secret, Clock clock) {
        if (!secret.startsWith(SECRET_PREFIX)) {
            throw new IllegalArgumentException("the secret of a webhook begins with " + SECRET_PREFIX);
        }
        this.key = new SecretKeySpec(Base64.getDecoder().decode(secret.substring(SECRET_PREFIX.length())), ALGORITHM);
        this.clock = clock;
    }

    /** id, timestamp, signatures: the headers as they came; body: its bytes as they came. */
    boolean areGood(String id, String timestamp, String signatures, byte[] body) {
        if (!isRecent(timestamp)) {
            return false;
        }
        byte[] expected = sign(id + "." + timestamp + ".", body);
        boolean isGood = false;
        // Several while the secret is being changed: one good one is enough.
        for (String signature : signatures.split(" ")) {
            isGood |= signature.startsWith(SIGNATURE_PREFIX)
                    && matches(expected, signature.substring(SIGNATURE_PREFIX.length()));
        }
        return isGood;
    }

    private boolean isRecent(String timestamp) {
        try {
            Instant sent = Instant.ofEpochSecond(Long.parseLong(timestamp));
            return Duration.between(sent, clock.instant()).abs().compareTo(TOLERANCE) <= 0;
        } catch (NumberFormatException | DateTimeException e) {
            return false;
        }
    }

    private byte[] sign(String head, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(head.getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    private static boolean matches(byte[] expected, String base64) {
        try {
            // Takes the same time wherever the two differ.
            return MessageDigest.isEqual(expected, Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
