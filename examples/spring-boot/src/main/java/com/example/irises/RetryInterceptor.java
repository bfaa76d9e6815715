package com.example.irises;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Sends a request again while the server cannot take it: when it says so (Retry-After), or does not answer. A request
 * that got no answer may have been carried out, so it is sent again only where that changes nothing.
 */
final class RetryInterceptor implements ClientHttpRequestInterceptor {

    private static final Duration UNANSWERED_WAIT = Duration.ofSeconds(1);

    private final Duration limit;
    private final Predicate<HttpRequest> isRepeatable;

    /** limit: how long a call may wait in all; then it has the last answer, or the last error. */
    RetryInterceptor(Duration limit, Predicate<HttpRequest> isRepeatable) {
        this.limit = limit;
        this.isRepeatable = isRepeatable;
    }

    @Override
    public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException {
        Instant deadline = Instant.now().plus(limit);
        while (true) {
            Duration wait;
            try {
                ClientHttpResponse response = execution.execute(request, body);
                Optional<Duration> retryAfter = RetryAfter.of(response);
                if (retryAfter.isEmpty() || isLate(retryAfter.get(), deadline)) {
                    return response;
                }
                response.close();
                wait = retryAfter.get();
            } catch (IOException e) {
                if (!isUnsent(e) && !isRepeatable.test(request) || isLate(UNANSWERED_WAIT, deadline)) {
                    throw e;
                }
                wait = UNANSWERED_WAIT;
            }
            sleep(wait);
        }
    }

    private static boolean isUnsent(IOException e) {
        return e instanceof ConnectException || e instanceof HttpConnectTimeoutException;
    }

    private static boolean isLate(Duration wait, Instant deadline) {
        return Instant.now().plus(wait).isAfter(deadline);
    }

    private static void sleep(Duration wait) throws InterruptedIOException {
        try {
            Thread.sleep(wait.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting to send a request again");
        }
    }
}
