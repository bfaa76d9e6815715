package com.example.irises;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;

/** What the receiver takes, over HTTP; the worker's own messages are in ReleasesTests. */
@ReceiverTest
class WebhookReceiverTests {

    @Autowired
    private ReceivedEvents events;

    @Value("${irises.webhook-secret}")
    private String secret;

    @Value("${server.port}")
    private int port;

    private final HttpClient http = HttpClient.newHttpClient();
    private final String id = "msg_" + UUID.randomUUID();

    private String body(String note) {
        return "{\"type\": \"test.sent\", \"timestamp\": \"2026-11-30T03:36:50.000Z\", \"data\": {\"id\": \"" + id
                + "\", \"note\": \"" + note + "\"}}";
    }

    private String sign(long seconds, String body) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
        byte[] signed = mac.doFinal((id + "." + seconds + "." + body).getBytes(StandardCharsets.UTF_8));
        return "v1," + Base64.getEncoder().encodeToString(signed);
    }

    private int send(Instant sent, String signature, String body) throws Exception {
        return post("/hooks/ml", body, "webhook-id", id, "webhook-timestamp", String.valueOf(sent.getEpochSecond()),
                "webhook-signature", signature);
    }

    private int post(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.discarding()).statusCode();
    }

    private long told() {
        return events.matching(event -> event.data().path("id").asText().equals(id)).size();
    }

    @Test
    void tellsAGoodMessageOnce() throws Exception {
        Instant now = Instant.now();
        String body = body("Grüße");
        assertThat(send(now, sign(now.getEpochSecond(), body), body)).isEqualTo(204);
        // The same message again, at another time: the answer had got lost.
        Instant later = now.plusSeconds(5);
        assertThat(send(later, sign(later.getEpochSecond(), body), body)).isEqualTo(204);
        assertThat(events.matching(event -> event.data().path("id").asText().equals(id)))
                .extracting(event -> event.type() + " " + event.data().path("note").asText())
                .containsExactly("test.sent Grüße");
    }

    @Test
    void refusesAMessageThatWasChanged() throws Exception {
        Instant now = Instant.now();
        String signature = sign(now.getEpochSecond(), body("approved"));
        assertThat(send(now, signature, body("rejected"))).isEqualTo(401);
        assertThat(told()).isZero();
    }

    @Test
    void refusesAnOldMessage() throws Exception {
        Instant old = Instant.now().minus(Duration.ofMinutes(6));
        String body = body("old");
        assertThat(send(old, sign(old.getEpochSecond(), body), body)).isEqualTo(401);
        assertThat(told()).isZero();
    }

    @Test
    void writesNothingDownOfAMessageThatItCannotRead() throws Exception {
        Instant now = Instant.now();
        assertThat(send(now, sign(now.getEpochSecond(), "no JSON"), "no JSON")).isEqualTo(500);
        String body = body("mended");
        assertThat(send(now, sign(now.getEpochSecond(), body), body)).isEqualTo(204);
        assertThat(told()).isOne();
    }

    @Test
    void hasNothingElseForStrangers() throws Exception {
        assertThat(post("/hooks/ml", body("no headers"))).isEqualTo(400);
        assertThat(send(Instant.now(), "v1,AAAA", "x".repeat(65_537))).isEqualTo(413);
        assertThat(post("/", "{}")).isBetween(401, 404);
    }
}
