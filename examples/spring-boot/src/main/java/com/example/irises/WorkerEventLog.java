package com.example.irises;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** What an application does with the events is its own affair: this one logs them. */
@Component
class WorkerEventLog {

    private static final Logger log = LoggerFactory.getLogger(WorkerEventLog.class);

    @EventListener
    void on(WorkerEvent event) {
        log.info("{} at {}: {}", event.type(), event.timestamp(), event.data());
    }
}
