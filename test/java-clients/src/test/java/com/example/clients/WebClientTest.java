package com.example.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.example.webclient.ApiClient;
import com.example.webclient.api.ModelsApi;
import com.example.webclient.api.OperationApi;
import com.example.webclient.api.PredictionApi;
import com.example.webclient.api.RunsApi;
import com.example.webclient.api.TrainingApi;
import com.example.webclient.model.*;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/** The client of the library webclient. */
class WebClientTest {

    private final ApiClient client = new ApiClient().setBasePath(Worker.URL);
    private final TrainingApi training = new TrainingApi(client);
    private final RunsApi runs = new RunsApi(client);
    private final PredictionApi prediction = new PredictionApi(client);

    private final CallersWebClient page = new CallersWebClient();

    private Long create(RunRequest request) {
        return training.createRun(request, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null)
                .block().getModelRunId();
    }

    private Run ended(long run) {
        return Worker.until(() -> runs.getRun(run).block(), found -> Worker.isEnd(found.getStatus()));
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
        RunList page = runs.listRuns("iris_species", List.of("SUCCESS", "FAILED"), null, null, null, 1, id + 1).block();
        assertThat(page.getRuns()).extracting(RunSummary::getId).containsExactly(id);
        assertThat(runs.getRunLogs(id).block()).contains("training begins");

        RunArtifacts artifacts = runs.getRunArtifacts(id).block();
        assertThat(artifacts.getModelRunId()).isEqualTo(id);
        List<Object> cells = artifacts.getCharts().stream().flatMap(chart -> chart.getValues().stream())
                .flatMap(row -> row.values().stream()).toList();
        assertThat(cells).hasAtLeastOneElementOfType(String.class).hasAtLeastOneElementOfType(Number.class);

        Prediction answer = prediction.predict(id, new PredictionRequest().features(Worker.IRISES.subList(0, 1)), true,
                null, null, null, null, null, null, null, null).block();
        assertThat(answer.getPredictions()).containsExactly(Map.of("species", "setosa"));
        assertThat(answer.getProbabilities().get(0).get("species").get("setosa")).isBetween(0.5, 1.0);
        assertThat(answer.getClasses().get("species")).contains("setosa", "virginica");
    }

    @Test
    void trainsARunOfItsOwnAndCannotCancelItAtItsEnd() throws IOException {
        long id = Worker.run("WEBCLIENT_RUN");
        TrainingRequest request = new TrainingRequest().features(Worker.IRISES).labels(Worker.SPECIES);
        TrainingAccepted accepted = training.train("iris_species", id, request, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null, null).block();
        assertThat(accepted.getModelRunId()).isEqualTo(id);
        assertThat(ended(id).getStatus()).isEqualTo("SUCCESS");
        var thrown = catchThrowableOfType(WebClientResponseException.class, () -> training.cancelRun(id).block());
        assertThat(page.problemOf(thrown, client.getObjectMapper()).getCode()).isEqualTo("RUN_FINISHED");
    }

    @Test
    void cancelsATraining() {
        RunRequest request = new RunRequest().modelName("held_open").features(Worker.IRISES).labels(Worker.SPECIES)
                .parameters(Map.of("until_exists", Worker.NEVER));
        Long id = create(request);
        assertThat(training.cancelRun(id).block().getModelRunId()).isEqualTo(id);
        assertThat(ended(id).getError().getCode()).isEqualTo("cancelled");
    }

    @Test
    void readsDoublesWhateverTheyLookLike() {
        RunRequest request = new RunRequest().modelName("decision_tree_regressor").features(Worker.STEPS)
                .labels(Worker.HEIGHTS);
        Long id = create(request);
        ended(id);
        Prediction answer = prediction.predict(id, new PredictionRequest().features(Worker.STEPS), null, null,
                null, null, null, null, null, null, null).block();
        assertThat(answer.getPredictions()).extracting(row -> ((Number) row.get("height")).doubleValue())
                .containsExactly(0.0, 1.5, 3.0);
    }

    @Test
    void sendsCsv() {
        String run = System.getenv("WEBCLIENT_CSV_RUN");
        TrainingAccepted accepted = page.sendCsv(client, "/api/train",
                Map.of("model_name", "iris_species", "model_run_id", run), Worker.IRISES_CSV, TrainingAccepted.class);
        assertThat(ended(accepted.getModelRunId()).getStatus()).isEqualTo("SUCCESS");
        Prediction answer = page.sendCsv(client, "/api/predict", Map.of("model_run_id", run), Worker.IRIS_CSV,
                Prediction.class);
        assertThat(answer.getPredictions()).containsExactly(Map.of("species", "setosa"));
    }

    @Test
    void followsARunToItsEnd() {
        Long id = create(new RunRequest().modelName("iris_species").features(Worker.IRISES).labels(Worker.SPECIES));
        List<RunLogLine> lines = new ArrayList<>();
        List<RunProgressEvent> looks = new ArrayList<>();
        Run run = page.follow(page.worker(Worker.URL), client.getObjectMapper(), id, lines::add, looks::add);
        assertThat(run.getId()).isEqualTo(id);
        assertThat(run.getStatus()).isEqualTo("SUCCESS");
        assertThat(lines).extracting(RunLogLine::getText).contains("training begins, attempt 1");
        assertThat(lines).extracting(RunLogLine::getId).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void hearsOfTheProgressOfARun() {
        Long id = create(new RunRequest().modelName("held_open").features(Worker.IRISES).labels(Worker.SPECIES)
                .parameters(Map.of("until_exists", Worker.NEVER)));
        List<RunProgressEvent> looks = new ArrayList<>();
        Run run = page.follow(page.worker(Worker.URL), client.getObjectMapper(), id, line -> {
        }, look -> {
            looks.add(look);
            if (look.getProgress() != null && look.getProgress().getDone() > 1) {
                training.cancelRun(id).subscribe();
            }
        });
        assertThat(run.getError().getCode()).isEqualTo("cancelled");
        assertThat(looks).last().extracting(look -> look.getProgress().getFraction()).isNotNull();
    }

    @Test
    void goesOnAfterTheLastEventWhenAStreamBreaksOrEndsBeforeTheRun() throws IOException {
        List<String> lastIds = new ArrayList<>();
        String log = "id: %d\nevent: log\ndata: {\"id\": %1$d, \"text\": \"line %1$d\"}\n\n";
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/api/runs/7/events", exchange -> {
            lastIds.add(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
            exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            String events = "retry: 2000\n\n: the worker is there\n\n" + (lastIds.size() < 3
                    ? log.formatted(lastIds.size())
                    : "id: 2\nevent: end\ndata: {\"id\": 7, \"status\": \"SUCCESS\"}\n\n");
            exchange.getResponseBody().write(events.getBytes());
            exchange.getResponseBody().flush();
            // The first one breaks off, the others end as they should.
            if (lastIds.size() > 1) {
                exchange.getResponseBody().close();
            }
            exchange.close();
        });
        server.start();
        try {
            List<String> texts = new ArrayList<>();
            Run run = page.follow(page.worker("http://127.0.0.1:" + server.getAddress().getPort()),
                    client.getObjectMapper(), 7, line -> texts.add(line.getText()), look -> {
                    });
            assertThat(run.getStatus()).isEqualTo("SUCCESS");
            assertThat(texts).containsExactly("line 1", "line 2");
            assertThat(lastIds).containsExactly("0", "1", "2");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void readsModelsHealthAndProblems() throws IOException {
        assertThat(new ModelsApi(client).listModels().block().getModels()).extracting(Model::getName)
                .contains("iris_species");
        OperationApi operation = new OperationApi(client);
        assertThat(operation.getHealth().block().getChecks().get("database").getOk()).isTrue();
        assertThat(operation.getReadiness().block().getStatus()).hasToString("ok");

        RunRequest faulty = new RunRequest().modelName("iris_species").features(Worker.IRISES).labels(Worker.SPECIES)
                .validationSplit(2.0);
        var thrown = catchThrowableOfType(WebClientResponseException.class,
                () -> create(faulty));
        Problem problem = page.problemOf(thrown, client.getObjectMapper());
        assertThat(problem.getCode()).isEqualTo("REQUEST_INVALID");
        assertThat(problem.getErrors()).extracting(Fault::getIn).hasToString("[validation_split]");
    }

    @Test
    void readsWhatStandsAgainstAWorkerThatIsNotReady() throws IOException {
        OperationApi operation = new OperationApi(new ApiClient().setBasePath(Worker.NOT_READY_URL));
        var thrown = catchThrowableOfType(WebClientResponseException.class, () -> operation.getHealth().block());
        assertThat(thrown.getStatusCode().value()).isEqualTo(503);
        Problem problem = page.problemOf(thrown, client.getObjectMapper());
        assertThat(problem.getCode()).isEqualTo("NOT_READY");
        assertThat(problem.getChecks().get("database").getOk()).isFalse();
    }
}
