package com.example.irises;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.springframework.context.event.EventListener;

/** The events that the receiver told of so far. */
class ReceivedEvents {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final List<WorkerEvent> received = new CopyOnWriteArrayList<>();

    @EventListener
    void on(WorkerEvent event) {
        received.add(event);
    }

    List<WorkerEvent> matching(Predicate<WorkerEvent> wanted) {
        return received.stream().filter(wanted).toList();
    }

    /** Waits until there is such an event. */
    WorkerEvent await(Predicate<WorkerEvent> wanted) throws InterruptedException {
        return Polling.until(found -> !found.isEmpty(), () -> matching(wanted), LIMIT).get(0);
    }
}
