package com.example.irises;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/** What the worker told by a webhook: docs/webhooks.md has the types and the members of their data. */
public record WorkerEvent(String type, Instant timestamp, JsonNode data) {
}
