package com.example.irises;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Asks until the answer is the last one. */
final class Polling {

    private static final long PAUSE_MILLIS = 200;

    private Polling() {
    }

    /** Throws IllegalStateException with the answer that came last when the limit is over. */
    static <T> T until(Predicate<T> isLast, Supplier<T> ask, Duration limit) throws InterruptedException {
        Instant deadline = Instant.now().plus(limit);
        while (true) {
            T answer = ask.get();
            if (isLast.test(answer)) {
                return answer;
            }
            if (Instant.now().isAfter(deadline)) {
                throw new IllegalStateException("not at its end after " + limit + ": " + answer);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }
}
