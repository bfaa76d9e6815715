package com.example.irises;

import com.example.irises.worker.api.TrainingApi;
import com.example.irises.worker.model.TrainingRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;

/** Trainings from the row of a run to its end. Not transactional: the worker must see the row before it is called. */
@Service
public class Trainings {

    private static final Duration ACCEPT_LIMIT = Duration.ofMinutes(1);
    private static final long POLL_MILLIS = 200;

    private final RegisteredModelRepository models;
    private final ModelRunRepository runs;
    private final ModelRunMetricRepository metrics;
    private final TrainingApi worker;

    Trainings(RegisteredModelRepository models, ModelRunRepository runs, ModelRunMetricRepository metrics,
            TrainingApi worker) {
        this.models = models;
        this.runs = runs;
        this.metrics = metrics;
        this.worker = worker;
    }

    /** Registers a model of the worker once; its name is that of the worker's class. */
    public RegisteredModel register(String name, String type) {
        return models.findByName(name).orElseGet(() -> models.save(new RegisteredModel(name, type)));
    }

    /** Inserts a run and has it trained. When this returns, the run will have an end, whatever happens to the worker. */
    public ModelRun start(RegisteredModel model, TrainingRequest request) {
        ModelRun run = runs.save(new ModelRun(model));
        train(model, run, request);
        return run;
    }

    void train(RegisteredModel model, ModelRun run, TrainingRequest request) {
        // The last ones are for rows that are not JSON, and an id of the caller's own.
        Retry.within(ACCEPT_LIMIT, () -> worker.train(model.getName(), run.getId(), request, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null));
    }

    /** Waits until the run is SUCCESS or FAILED. */
    public ModelRun awaitEnd(ModelRun run, Duration limit) throws InterruptedException {
        Instant deadline = Instant.now().plus(limit);
        while (true) {
            ModelRun now = runs.findById(run.getId()).orElseThrow();
            if (now.getRunStatus().isEnd()) {
                return now;
            }
            if (Instant.now().isAfter(deadline)) {
                throw new IllegalStateException("run " + run.getId() + " is still " + now.getRunStatus());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The metrics of a run; of one that failed its error_code and error_message. */
    public Map<String, String> metricsOf(ModelRun run) {
        return metrics.findByModelRunIdOrderById(run.getId().longValue()).stream()
                .collect(Collectors.toMap(ModelRunMetric::getMetricName, ModelRunMetric::getMetricValue));
    }
}
