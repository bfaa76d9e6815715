package com.example.irises;

import com.example.irises.worker.api.PredictionApi;
import com.example.irises.worker.model.Prediction;
import com.example.irises.worker.model.PredictionRequest;
import com.example.irises.worker.model.TrainingRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/** The calls in their order: register, train, wait, read the metrics, predict. And what an error looks like. */
@Component
@ConditionalOnProperty(name = "irises.demonstration", matchIfMissing = true)
class Demonstration implements ApplicationRunner {

    private static final Logger log = LoggerFactory.getLogger(Demonstration.class);

    private final Trainings trainings;
    private final PredictionApi predictions;
    private final Path data;

    Demonstration(Trainings trainings, PredictionApi predictions, @Value("${irises.data}") String data) {
        this.trainings = trainings;
        this.predictions = predictions;
        // Not by Spring: of a server it would be a path below that of its pages.
        this.data = Path.of(data);
    }

    @Override
    public void run(ApplicationArguments arguments) throws Exception {
        Irises irises = Irises.read(data);
        RegisteredModel model = trainings.register("random_forest_classifier", "classifier");
        ModelRun run = trainings.start(model, new TrainingRequest()
                .features(irises.features())
                .labels(irises.labels())
                .parameters(Map.of("n_estimators", 100, "random_state", 1))
                .validationSplit(0.2));
        run = trainings.awaitEnd(run, Duration.ofMinutes(2));
        log.info("run {} is {}: {}", run.getId(), run.getRunStatus(), trainings.metricsOf(run));

        Prediction prediction = predictions.predict(run.getId(),
                new PredictionRequest().features(List.of(Irises.measurements(6.1, 2.8, 4.7, 1.2))), true, null, null, null, null, null, null, null, null);
        log.info("predicted {} with {}", prediction.getPredictions(), prediction.getProbabilities());

        try {
            predictions.predict(run.getId(),
                    new PredictionRequest().features(List.of(Map.of("sepal_length", "long"))), false, null, null, null, null, null, null, null, null);
        } catch (WorkerException e) {
            log.info("{} {}", e.problem().getStatus(), e.code());
            e.errors().forEach(fault -> log.info("{} {}: {}", fault.getIn(), fault.getColumn(), fault.getDetail()));
        }
    }
}
