package com.example.irises;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Profile;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Takes each message once. Listeners run in the transaction that writes down its id: where one of them throws, nothing is
 * written, and the worker sends the message again. What takes long they put off, for the worker waits for the answer.
 */
@Service
@Profile("webhooks")
public class WebhookInbox {

    private final JdbcTemplate database;
    private final ApplicationEventPublisher events;
    private final ObjectMapper json;

    WebhookInbox(JdbcTemplate database, ApplicationEventPublisher events, ObjectMapper json) {
        this.database = database;
        this.events = events;
        this.json = json;
    }

    @Transactional(rollbackFor = IOException.class)
    public void take(String id, byte[] body) throws IOException {
        // The worker keeps messages for 30 days, so that none comes again after that.
        database.update("delete from webhook_messages where received_at < now() - interval '31 days'");
        int added = database.update("insert into webhook_messages (id) values (?) on conflict do nothing", id);
        if (added == 1) {
            events.publishEvent(json.readValue(body, WorkerEvent.class));
        }
    }
}
