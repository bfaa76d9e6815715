package com.example.irises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.example.irises.worker.api.PredictionApi;
import com.example.irises.worker.model.Fault;
import com.example.irises.worker.model.Prediction;
import com.example.irises.worker.model.PredictionRequest;
import com.example.irises.worker.model.TrainingRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

/** Against a worker and a PostgreSQL that run: WORKER_URL and SPRING_DATASOURCE_URL say where. */
@SpringBootTest(webEnvironment = WebEnvironment.NONE, properties = "irises.demonstration=false")
class IrisesApplicationTests {

    private static final Duration TRAINING_LIMIT = Duration.ofMinutes(5);

    @Autowired
    private Trainings trainings;

    @Autowired
    private PredictionApi predictions;

    @Value("${irises.data}")
    private String data;

    private Irises irises;
    private RegisteredModel model;

    @BeforeEach
    void register() throws Exception {
        irises = Irises.read(Path.of(data));
        model = trainings.register("random_forest_classifier", "classifier");
    }

    private TrainingRequest request() {
        return new TrainingRequest().features(irises.features()).labels(irises.labels())
                .parameters(Map.of("n_estimators", 20, "random_state", 1));
    }

    @Test
    void trainsAndPredictsTheSpeciesOfIrises() throws Exception {
        ModelRun run = trainings.start(model, request().validationSplit(0.2));
        run = trainings.awaitEnd(run, TRAINING_LIMIT);
        assertThat(run.getRunStatus()).isEqualTo(ModelRun.Status.SUCCESS);
        Map<String, String> metrics = trainings.metricsOf(run);
        assertThat(metrics).containsEntry("training_rows", "120").containsEntry("validation_rows", "30");
        assertThat(Double.parseDouble(metrics.get("validation_accuracy"))).isGreaterThan(0.85);

        Prediction prediction = predictions.predict(run.getId(), new PredictionRequest()
                .features(List.of(irises.features().get(0), irises.features().get(149))), true, null, null, null, null, null, null, null, null);
        assertThat(prediction.getModelRunId()).isEqualTo(run.getId());
        assertThat(prediction.getPredictions())
                .containsExactly(Map.of("species", "setosa"), Map.of("species", "virginica"));
        assertThat(prediction.getProbabilities().get(0).get("species").get("setosa")).isGreaterThan(0.9);
        assertThat(prediction.getClasses()).containsEntry("species", List.of("setosa", "versicolor", "virginica"));
    }

    @Test
    void trainsWithoutLabels() throws Exception {
        RegisteredModel clusters = trainings.register("k_means", "clusterer");
        ModelRun run = trainings.start(clusters,
                new TrainingRequest().features(irises.features()).parameters(Map.of("n_clusters", 3)));
        assertThat(trainings.awaitEnd(run, TRAINING_LIMIT).getRunStatus()).isEqualTo(ModelRun.Status.SUCCESS);
    }

    @Test
    void readsEveryFaultOfARequestFromItsProblemDetail() {
        WorkerException refused = catchThrowableOfType(WorkerException.class, () -> trainings.start(model, request()
                .parameters(Map.of("n_estimators", 0)).validationSplit(2.0)));
        ProblemDetail problem = refused.problem();
        assertThat(problem.getStatus()).isEqualTo(HttpStatus.BAD_REQUEST.value());
        assertThat(problem.getType()).hasToString("urn:ml-worker:error:request-invalid");
        assertThat(problem.getInstance()).hasToString("/api/train");
        assertThat(refused.code()).isEqualTo("REQUEST_INVALID");
        assertThat(refused.errors()).extracting(Fault::getIn)
                .containsExactlyInAnyOrder("parameters", "validation_split");
        assertThat(refused.errors()).extracting(Fault::getParameter).contains("n_estimators");
        assertThat(refused.retryAfter()).isEmpty();
    }

    @Test
    void refusesToTrainAFinishedRunAgain() throws Exception {
        ModelRun run = trainings.start(model, request());
        trainings.awaitEnd(run, TRAINING_LIMIT);
        // The row has its end a moment before the worker lets go of the run: until then the same training is accepted again.
        WorkerException refused = Polling.until(Objects::nonNull, () -> catchThrowableOfType(WorkerException.class,
                () -> trainings.train(model, run, request())), TRAINING_LIMIT);
        assertThat(refused.code()).isEqualTo("RUN_FINISHED");
        assertThat(refused.problem().getStatus()).isEqualTo(HttpStatus.CONFLICT.value());
    }

    @Test
    void learnsWhyATrainingFailed() throws Exception {
        RegisteredModel regressor = trainings.register("gradient_boosting_regressor", "regressor");
        List<Map<String, Object>> none = irises.features().stream()
                .map(row -> Map.<String, Object>of("petals", 0)).toList();
        ModelRun run = trainings.start(regressor, new TrainingRequest().features(irises.features()).labels(none)
                .parameters(Map.of("loss", "poisson")));
        run = trainings.awaitEnd(run, TRAINING_LIMIT);
        assertThat(run.getRunStatus()).isEqualTo(ModelRun.Status.FAILED);
        assertThat(trainings.metricsOf(run)).containsEntry("error_code", "data_unusable")
                .containsKey("error_message");

        long failed = run.getId();
        WorkerException refused = catchThrowableOfType(WorkerException.class, () -> predictions.predict(failed,
                new PredictionRequest().features(irises.features()), false, null, null, null, null, null, null, null, null));
        assertThat(refused.code()).isEqualTo("RUN_FAILED");
    }

    @Test
    void saysThatThereIsNoSuchRun() {
        WorkerException refused = catchThrowableOfType(WorkerException.class, () -> predictions.predict(
                9_007_199_254_740_991L, new PredictionRequest().features(irises.features()), false, null, null, null, null, null, null, null, null));
        assertThat(refused.code()).isEqualTo("RUN_UNKNOWN");
        assertThat(refused.problem().getStatus()).isEqualTo(HttpStatus.NOT_FOUND.value());
    }
}
