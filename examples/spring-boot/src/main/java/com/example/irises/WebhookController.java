package com.example.irises;

import java.io.IOException;
import java.io.InputStream;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** Where the worker sends its messages. The signature is over the bytes as they came, so they are not parsed before. */
@RestController
@Profile("webhooks")
class WebhookController {

    /** The worker sends 20 kB at the most. */
    private static final int BODY_BYTES_MAX = 65_536;

    private final WebhookSignatures signatures;
    private final WebhookInbox inbox;

    WebhookController(WebhookSignatures signatures, WebhookInbox inbox) {
        this.signatures = signatures;
        this.inbox = inbox;
    }

    @PostMapping(WebhookConfiguration.PATH)
    ResponseEntity<Void> receive(@RequestHeader("webhook-id") String id,
            @RequestHeader("webhook-timestamp") String timestamp,
            @RequestHeader("webhook-signature") String signature, InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(BODY_BYTES_MAX + 1);
        if (bytes.length > BODY_BYTES_MAX) {
            return ResponseEntity.status(HttpStatus.PAYLOAD_TOO_LARGE).build();
        }
        if (!signatures.areGood(id, timestamp, signature, bytes)) {
            return ResponseEntity.status(HttpStatus.UNAUTHORIZED).build();
        }
        inbox.take(id, bytes);
        return ResponseEntity.noContent().build();
    }
}
