package com.example.irises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.example.irises.worker.model.CreateProject;
import com.example.irises.worker.model.DeployedPrediction;
import com.example.irises.worker.model.DeploymentStory;
import com.example.irises.worker.model.KeptDataset;
import com.example.irises.worker.model.Project;
import com.example.irises.worker.model.TrainVersion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;

/**
 * From a file to predictions by project, and what the worker tells of it. IRISES_WEBHOOK_SECRET is the secret of a webhook of
 * the worker that goes to IRISES_WEBHOOK_PORT; without it the events are not looked for.
 */
@ReceiverTest
class ReleasesTests {

    private static final Duration LIMIT = Duration.ofMinutes(5);

    @Autowired
    private Trainings trainings;

    @Autowired
    private Releases releases;

    @Autowired
    private ReceivedEvents events;

    @Value("${irises.data}")
    private String data;

    @Value("${IRISES_WEBHOOK_SECRET:}")
    private String secretOfWorker;

    private final String name = "iris-" + UUID.randomUUID();

    @BeforeEach
    void makeProject() throws Exception {
        // The worker trains what has a row in models, for projects too.
        trainings.register("random_forest_classifier", "classifier");
        KeptDataset dataset = releases.upload(name, "species", Path.of(data));
        assertThat(dataset.getRows()).isEqualTo(150);
        CreateProject request = new CreateProject().name(name).modelName("random_forest_classifier").datasetName(name)
                .validationSplit(0.2).parameters(Map.of("n_estimators", 10, "random_state", 1));
        Project project = releases.project(request);
        assertThat(releases.project(request).getId()).isEqualTo(project.getId());
    }

    private DeployedPrediction predict() {
        return releases.predict(name, List.of(Irises.measurements(6.3, 2.9, 5.6, 1.8)));
    }

    private Predicate<WorkerEvent> ofVersion(String type, int version) {
        return event -> event.type().equals(type) && event.data().at("/project/name").asText().equals(name)
                && event.data().path("version").asInt() == version;
    }

    private Predicate<WorkerEvent> with(String member, String value) {
        return event -> event.data().path(member).asText().equals(value);
    }

    @Test
    void releasesAVersionAndGoesBackToIt() throws Exception {
        int first = releases.train(name, new TrainVersion().description("ten trees"), LIMIT);
        assertThat(releases.requestReview(name, first, "the first one").getState()).isEqualTo("pending");
        assertThat(releases.approve(name, first, "good enough").getWorkflowStatus())
                .isEqualTo("approved_for_inference");
        DeploymentStory deployed = releases.deploy(name, first, LIMIT);

        DeployedPrediction prediction = predict();
        assertThat(prediction.getPredictions()).containsExactly(Map.of("species", "virginica"));
        assertThat(prediction.getProbabilities().get(0).get("species").get("virginica")).isGreaterThan(0.5);
        assertThat(prediction.getPredictionIds()).hasSize(1);
        assertThat(prediction.getDeployment().getVersion()).isEqualTo(first);
        assertThat(prediction.getDeployment().getId()).isEqualTo(deployed.getId());

        int second = releases.train(name, new TrainVersion().parameters(Map.of("n_estimators", 20)), LIMIT);
        releases.approve(name, second, "more trees");
        releases.deploy(name, second, LIMIT);
        assertThat(predict().getDeployment().getVersion()).isEqualTo(second);

        DeploymentStory back = releases.rollBack(name, "too slow", LIMIT);
        assertThat(back.getRestores()).isEqualTo(deployed.getId());
        assertThat(predict().getDeployment().getVersion()).isEqualTo(first);

        if (!secretOfWorker.isEmpty()) {
            events.await(ofVersion("run.ended", first).and(with("status", "SUCCESS")));
            events.await(ofVersion("review.decided", first).and(with("state", "approved")));
            events.await(ofVersion("deployment.changed", first).and(with("status", "active"))
                    .and(with("deployment", String.valueOf(back.getId()))));
            events.await(ofVersion("deployment.changed", second).and(with("status", "replaced")));
        }
    }

    @Test
    void deploysNothingThatNobodyApproved() throws Exception {
        int version = releases.train(name, new TrainVersion(), LIMIT);
        WorkerException refused = catchThrowableOfType(WorkerException.class,
                () -> releases.deploy(name, version, LIMIT));
        assertThat(refused.code()).isEqualTo("VERSION_NOT_APPROVED");
        assertThat(refused.problem().getStatus()).isEqualTo(HttpStatus.CONFLICT.value());
        assertThat(catchThrowableOfType(WorkerException.class, this::predict).code()).isEqualTo("NOTHING_DEPLOYED");
    }
}
