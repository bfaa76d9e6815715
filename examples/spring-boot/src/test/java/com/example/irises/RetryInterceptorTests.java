package com.example.irises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

/** Against a server that answers 503, or breaks the connection, before it answers well. */
class RetryInterceptorTests {

    private interface Answer {
        void give(HttpExchange exchange) throws IOException;
    }

    private static final Answer OVERLOADED = exchange -> {
        exchange.getResponseHeaders().set("Retry-After", "1");
        exchange.sendResponseHeaders(503, -1);
    };
    private static final Answer BROKEN = exchange -> {
        throw new IOException("the connection breaks");
    };

    private final AtomicInteger calls = new AtomicInteger();
    private final Queue<Answer> before = new ArrayDeque<>();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            calls.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            Answer answer = before.poll();
            if (answer != null) {
                answer.give(exchange);
            } else {
                exchange.sendResponseHeaders(204, -1);
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int post(Duration limit, boolean isRepeatable) {
        RestClient client = RestClient.builder()
                .requestFactory(new JdkClientHttpRequestFactory())
                .requestInterceptor(new RetryInterceptor(limit, request -> isRepeatable))
                .build();
        return client.post().uri("http://127.0.0.1:" + server.getAddress().getPort() + "/").body("rows")
                .retrieve().toBodilessEntity().getStatusCode().value();
    }

    @Test
    void waitsUntilTheServerCanTakeIt() {
        before.add(OVERLOADED);
        before.add(OVERLOADED);
        assertThat(post(Duration.ofMinutes(1), false)).isEqualTo(204);
        assertThat(calls).hasValue(3);
    }

    @Test
    void givesTheLastAnswerWhenTheLimitIsOver() {
        before.add(OVERLOADED);
        assertThatExceptionOfType(HttpServerErrorException.class).isThrownBy(() -> post(Duration.ZERO, true));
        assertThat(calls).hasValue(1);
    }

    @Test
    void sendsWhatGotNoAnswerAgainOnlyWhereItMayComeTwice() {
        before.add(BROKEN);
        assertThat(post(Duration.ofMinutes(1), true)).isEqualTo(204);
        before.add(BROKEN);
        assertThatExceptionOfType(ResourceAccessException.class)
                .isThrownBy(() -> post(Duration.ofMinutes(1), false));
    }
}
