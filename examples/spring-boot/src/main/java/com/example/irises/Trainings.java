package com.example.irises;

import com.example.irises.worker.api.TrainingApi;
import com.example.irises.worker.model.TrainingRequest;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;

/** Trainings from the row of a run to its end. Not transactional: the worker must see the row before it is called. */
@Service
public class Trainings {

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
        worker.train(model.getName(), run.getId(), request, null, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null);
    }

    /** Waits until the run is SUCCESS or FAILED. */
    public ModelRun awaitEnd(ModelRun run, Duration limit) throws InterruptedException {
        return Polling.until(now -> now.getRunStatus().isEnd(), () -> runs.findById(run.getId()).orElseThrow(), limit);
    }

    /** The metrics of a run; of one that failed its error_code and error_message. */
    public Map<String, String> metricsOf(ModelRun run) {
        return metrics.findByModelRunIdOrderById(run.getId().longValue()).stream()
                .collect(Collectors.toMap(ModelRunMetric::getMetricName, ModelRunMetric::getMetricValue));
    }
}
