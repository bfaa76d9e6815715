package com.example.irises;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.springframework.http.client.ClientHttpResponse;

/** When the same request may succeed, as an answer says it. */
final class RetryAfter {

    private RetryAfter() {
    }

    /** Empty where the answer is not 429 or 503, or does not say it in seconds: a proxy may name a date. */
    static Optional<Duration> of(ClientHttpResponse response) throws IOException {
        int status = response.getStatusCode().value();
        String seconds = response.getHeaders().getFirst("Retry-After");
        if (status != 429 && status != 503 || seconds == null || !seconds.matches("\\d{1,5}")) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofSeconds(Long.parseLong(seconds)));
    }
}
