package com.example.irises;

import com.example.irises.worker.model.Fault;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.client.ClientHttpResponse;

/** An error that the worker answered: its problem details, with a stable code and every fault of the request. */
public class WorkerException extends RuntimeException {

    private final ProblemDetail problem;
    private final List<Fault> errors;
    private final Duration retryAfter;

    private WorkerException(ProblemDetail problem, List<Fault> errors, Duration retryAfter) {
        super(problem.getDetail());
        this.problem = problem;
        this.errors = errors;
        this.retryAfter = retryAfter;
    }

    static WorkerException of(ClientHttpResponse response, ObjectMapper json) throws IOException {
        Duration retryAfter = RetryAfter.of(response).orElse(null);
        if (!MediaType.APPLICATION_PROBLEM_JSON.isCompatibleWith(response.getHeaders().getContentType())) {
            // Not the worker, but something between: a proxy, say.
            return new WorkerException(ProblemDetail.forStatus(response.getStatusCode()), List.of(), retryAfter);
        }
        ProblemDetail problem = json.readValue(response.getBody(), ProblemDetail.class);
        Map<String, Object> properties = problem.getProperties();
        if (properties == null || !properties.containsKey("errors")) {
            return new WorkerException(problem, List.of(), retryAfter);
        }
        List<Fault> errors = json.convertValue(properties.get("errors"), new TypeReference<>() {
        });
        return new WorkerException(problem, errors, retryAfter);
    }

    public ProblemDetail problem() {
        return problem;
    }

    /** What programs decide by: one of docs/errors.md. Empty when it was not the worker that answered. */
    public String code() {
        Map<String, Object> properties = problem.getProperties();
        return properties == null ? "" : String.valueOf(properties.get("code"));
    }

    /** Every fault of the request, each with its place. */
    public List<Fault> errors() {
        return errors;
    }

    /** Present when the same request may succeed later. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
