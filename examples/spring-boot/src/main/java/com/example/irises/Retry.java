package com.example.irises;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.springframework.web.client.ResourceAccessException;

/**
 * Sends a call again while the worker cannot take it: when it says so (Retry-After), or does not answer. That is safe for
 * train and predict, since the same training is accepted again and trains once.
 */
final class Retry {

    private static final Duration UNANSWERED_WAIT = Duration.ofSeconds(1);

    private Retry() {
    }

    static <T> T within(Duration limit, Supplier<T> call) {
        Instant deadline = Instant.now().plus(limit);
        while (true) {
            try {
                return call.get();
            } catch (WorkerException e) {
                waitUnlessLate(e.retryAfter().orElseThrow(() -> e), deadline, e);
            } catch (ResourceAccessException e) {
                waitUnlessLate(UNANSWERED_WAIT, deadline, e);
            }
        }
    }

    private static void waitUnlessLate(Duration wait, Instant deadline, RuntimeException cause) {
        if (Instant.now().plus(wait).isAfter(deadline)) {
            throw cause;
        }
        try {
            Thread.sleep(wait.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cause;
        }
    }
}
