package com.example.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.example.feign.ApiClient;
import com.example.feign.api.ModelsApi;
import com.example.feign.api.OperationApi;
import com.example.feign.api.PredictionApi;
import com.example.feign.api.RunsApi;
import com.example.feign.api.TrainingApi;
import com.example.feign.model.*;
import feign.FeignException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The client of the library feign. Its answers that are text, such as logs, would need another decoder. */
class FeignTest {

    private final ApiClient client = clientOf(Worker.URL);
    private final TrainingApi training = client.buildClient(TrainingApi.class);
    private final RunsApi runs = client.buildClient(RunsApi.class);
    private final PredictionApi prediction = client.buildClient(PredictionApi.class);
    private final CallersFeign page = new CallersFeign();

    private static ApiClient clientOf(String url) {
        return new ApiClient().setBasePath(url);
    }

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
    void trainsARunOfItsOwnAndCannotCancelItAtItsEnd() throws Exception {
        long id = Worker.run("FEIGN_RUN");
        TrainingRequest request = new TrainingRequest().features(Worker.IRISES).labels(Worker.SPECIES);
        TrainingAccepted accepted = training.train("iris_species", id, request, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null, null);
        assertThat(accepted.getModelRunId()).isEqualTo(id);
        assertThat(ended(id).getStatus()).isEqualTo("SUCCESS");
        var thrown = catchThrowableOfType(FeignException.class, () -> training.cancelRun(id));
        assertThat(page.problemOf(thrown, client.getObjectMapper()).getCode()).isEqualTo("RUN_FINISHED");
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
        assertThat(answer.getPredictions()).extracting(row -> ((Number) row.get("height")).doubleValue())
                .containsExactly(0.0, 1.5, 3.0);
    }

    @Test
    void sendsCsv() {
        String run = System.getenv("FEIGN_CSV_RUN");
        CallersFeign.CsvApi csv = page.csvApi(Worker.URL);
        TrainingAccepted accepted = csv.train(Map.of("model_name", "iris_species", "model_run_id", run),
                Worker.IRISES_CSV);
        assertThat(ended(accepted.getModelRunId()).getStatus()).isEqualTo("SUCCESS");
        Prediction answer = csv.predict(Map.of("model_run_id", run), Worker.IRIS_CSV);
        assertThat(answer.getPredictions()).containsExactly(Map.of("species", "setosa"));
    }

    @Test
    void readsModelsHealthAndProblems() throws Exception {
        assertThat(client.buildClient(ModelsApi.class).listModels().getModels()).extracting(Model::getName)
                .contains("iris_species");
        OperationApi operation = client.buildClient(OperationApi.class);
        assertThat(operation.getHealth().getChecks().get("database").getOk()).isTrue();
        assertThat(operation.getReadiness().getStatus()).hasToString("ok");

        RunRequest faulty = new RunRequest().modelName("iris_species").features(Worker.IRISES).labels(Worker.SPECIES)
                .validationSplit(2.0);
        var thrown = catchThrowableOfType(FeignException.class,
                () -> create(faulty));
        Problem problem = page.problemOf(thrown, client.getObjectMapper());
        assertThat(problem.getCode()).isEqualTo("REQUEST_INVALID");
        assertThat(problem.getErrors()).extracting(Fault::getIn).hasToString("[validation_split]");
    }

    @Test
    void readsWhatStandsAgainstAWorkerThatIsNotReady() throws Exception {
        OperationApi operation = clientOf(Worker.NOT_READY_URL).buildClient(OperationApi.class);
        var thrown = catchThrowableOfType(FeignException.class, operation::getHealth);
        assertThat(thrown.status()).isEqualTo(503);
        Problem problem = page.problemOf(thrown, client.getObjectMapper());
        assertThat(problem.getCode()).isEqualTo("NOT_READY");
        assertThat(problem.getChecks().get("database").getOk()).isFalse();
    }
}
