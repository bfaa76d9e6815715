package com.example.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.example.restclient.ApiClient;
import com.example.restclient.api.ModelsApi;
import com.example.restclient.api.OperationApi;
import com.example.restclient.api.PredictionApi;
import com.example.restclient.api.RunsApi;
import com.example.restclient.api.TrainingApi;
import com.example.restclient.model.*;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.web.client.RestClientResponseException;

/** The client of the library restclient. */
class RestClientTest {

    private final ApiClient client = new ApiClient().setBasePath(Worker.URL);
    private final TrainingApi training = new TrainingApi(client);
    private final RunsApi runs = new RunsApi(client);
    private final PredictionApi prediction = new PredictionApi(client);

    private final CallersRestClient page = new CallersRestClient();

    private Long create(RunRequest request) {
        return training.createRun(request, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null)
                .getModelRunId();
    }

    private Run ended(long run) {
        return Worker.until(() -> runs.getRun(run), found -> Worker.isEnd(found.getStatus()));
    }

    @Test
    void makesARunReadsItAndPredictsWithIt() {
        RunRequest request = new RunRequest().modelName("iris_species").features(Worker.IRISES).labels(Worker.SPECIES)
                .validationSplit(0.25).splitSeed(4_294_967_295L);
        Long id = create(request);
        Run run = ended(id);
        assertThat(run.getStatus()).isEqualTo("SUCCESS");
        assertThat(run.getMetrics().get("accuracy")).isBetween(0.5, 1.0);
        assertThat(run.getSplitSeed()).isEqualTo(4_294_967_295L);
        RunList page = runs.listRuns("iris_species", List.of("SUCCESS", "FAILED"), null, null, null, 1, id + 1);
        assertThat(page.getRuns()).extracting(RunSummary::getId).containsExactly(id);
        assertThat(runs.getRunLogs(id)).contains("training begins");

        RunArtifacts artifacts = runs.getRunArtifacts(id);
        assertThat(artifacts.getModelRunId()).isEqualTo(id);
        List<Object> cells = artifacts.getCharts().stream().flatMap(chart -> chart.getValues().stream())
                .flatMap(row -> row.values().stream()).toList();
        assertThat(cells).hasAtLeastOneElementOfType(String.class).hasAtLeastOneElementOfType(Number.class);

        Prediction answer = prediction.predict(id, new PredictionRequest().features(Worker.IRISES.subList(0, 1)), true,
                null, null, null, null, null, null, null, null);
        assertThat(answer.getPredictions()).containsExactly(Map.of("species", "setosa"));
        assertThat(answer.getProbabilities().get(0).get("species").get("setosa")).isBetween(0.5, 1.0);
        assertThat(answer.getClasses().get("species")).contains("setosa", "virginica");
    }

    @Test
    void trainsARunOfItsOwnAndCannotCancelItAtItsEnd() {
        long id = Worker.run("RESTCLIENT_RUN");
        TrainingRequest request = new TrainingRequest().features(Worker.IRISES).labels(Worker.SPECIES);
        TrainingAccepted accepted = training.train("iris_species", id, request, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null, null);
        assertThat(accepted.getModelRunId()).isEqualTo(id);
        assertThat(ended(id).getStatus()).isEqualTo("SUCCESS");
        var thrown = catchThrowableOfType(RestClientResponseException.class, () -> training.cancelRun(id));
        assertThat(thrown.getResponseBodyAs(Problem.class).getCode()).isEqualTo("RUN_FINISHED");
    }

    @Test
    void cancelsATraining() {
        RunRequest request = new RunRequest().modelName("held_open").features(Worker.IRISES).labels(Worker.SPECIES)
                .parameters(Map.of("until_exists", Worker.NEVER));
        Long id = create(request);
        assertThat(training.cancelRun(id).getModelRunId()).isEqualTo(id);
        assertThat(ended(id).getError().getCode()).isEqualTo("cancelled");
    }

    @Test
    void readsDoublesWhateverTheyLookLike() {
        RunRequest request = new RunRequest().modelName("decision_tree_regressor").features(Worker.STEPS)
                .labels(Worker.HEIGHTS);
        Long id = create(request);
        ended(id);
        Prediction answer = prediction.predict(id, new PredictionRequest().features(Worker.STEPS), null, null,
                null, null, null, null, null, null, null);
        assertThat(answer.getPredictions()).extracting(row -> page.numberIn(row, "height"))
                .containsExactly(0.0, 1.5, 3.0);
    }

    @Test
    void sendsCsv() {
        String run = System.getenv("RESTCLIENT_CSV_RUN");
        TrainingAccepted accepted = page.sendCsv(client, "/api/train",
                Map.of("model_name", "iris_species", "model_run_id", run), Worker.IRISES_CSV, TrainingAccepted.class);
        assertThat(ended(accepted.getModelRunId()).getStatus()).isEqualTo("SUCCESS");
        Prediction answer = page.sendCsv(client, "/api/predict", Map.of("model_run_id", run), Worker.IRIS_CSV,
                Prediction.class);
        assertThat(answer.getPredictions()).containsExactly(Map.of("species", "setosa"));
    }

    @Test
    void readsModelsHealthAndProblems() {
        assertThat(new ModelsApi(client).listModels().getModels()).extracting(Model::getName)
                .contains("iris_species");
        OperationApi operation = new OperationApi(client);
        assertThat(operation.getHealth().getChecks().get("database").getOk()).isTrue();
        assertThat(operation.getReadiness().getStatus()).hasToString("ok");

        RunRequest faulty = new RunRequest().modelName("iris_species").features(Worker.IRISES).labels(Worker.SPECIES)
                .validationSplit(2.0);
        var thrown = catchThrowableOfType(RestClientResponseException.class,
                () -> create(faulty));
        assertThat(page.codeOf(thrown)).isEqualTo("REQUEST_INVALID");
        Problem problem = thrown.getResponseBodyAs(Problem.class);
        assertThat(problem.getErrors()).extracting(Fault::getIn).hasToString("[validation_split]");
    }

    @Test
    void readsWhatStandsAgainstAWorkerThatIsNotReady() {
        OperationApi operation = new OperationApi(new ApiClient().setBasePath(Worker.NOT_READY_URL));
        var thrown = catchThrowableOfType(RestClientResponseException.class, operation::getHealth);
        assertThat(thrown.getStatusCode().value()).isEqualTo(503);
        Problem problem = thrown.getResponseBodyAs(Problem.class);
        assertThat(problem.getCode()).isEqualTo("NOT_READY");
        assertThat(problem.getChecks().get("database").getOk()).isFalse();
    }
}
