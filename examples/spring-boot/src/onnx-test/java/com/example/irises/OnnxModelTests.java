package com.example.irises;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.irises.worker.api.PredictionApi;
import com.example.irises.worker.model.Prediction;
import com.example.irises.worker.model.PredictionRequest;
import com.example.irises.worker.model.TrainingRequest;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

/** What ONNX Runtime says of an exported run is what the worker says of it, to the last digit. */
@SpringBootTest(webEnvironment = WebEnvironment.NONE, properties = "irises.demonstration=false")
class OnnxModelTests {

    private static final String[] COLOURS = {"weiß", "lila", "色", ""};

    @Autowired
    private Trainings trainings;

    @Autowired
    private PredictionApi predictions;

    @Autowired
    private ExportedRuns exports;

    @Autowired
    private ObjectMapper json;

    @Value("${irises.data}")
    private String data;

    @ParameterizedTest
    @ValueSource(strings = {"random_forest_classifier", "gradient_boosting_classifier", "logistic_regression",
            "gaussian_naive_bayes", "k_nearest_neighbors_classifier"})
    void scoresAnExportedRunAsTheWorkerDoes(String name) throws Exception {
        Irises irises = Irises.read(Path.of(data));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < irises.features().size(); i++) {
            Map<String, Object> row = new HashMap<>(irises.features().get(i));
            row.put("colour", COLOURS[i % COLOURS.length]);
            row.put("wild", i % 3 == 0);
            if (i % 7 == 0) {
                row.put("petal_width", null);
            }
            rows.add(row);
        }
        ModelRun run = trainings.start(trainings.register(name, "classifier"),
                new TrainingRequest().features(rows).labels(irises.labels()));
        run = trainings.awaitEnd(run, Duration.ofMinutes(5));
        assertThat(run.getRunStatus()).isEqualTo(ModelRun.Status.SUCCESS);

        List<Map<String, Object>> asked = new ArrayList<>(rows);
        Map<String, Object> nothing = new HashMap<>();
        rows.get(0).keySet().forEach(column -> nothing.put(column, null));
        asked.add(nothing);
        Map<String, Object> unseen = new HashMap<>(rows.get(1));
        unseen.put("colour", "never seen");
        asked.add(unseen);

        Prediction ours = predictions.predict(run.getId(), new PredictionRequest().features(asked), true, null, null, null, null, null, null, null, null);
        try (OnnxModel model = OnnxModel.read(exports.fetch(run.getId()), json)) {
            Map<String, Object> theirs = model.predict(asked);
            String[] labels = (String[]) theirs.get("species");
            double[][] probabilities = (double[][]) theirs.get("species.probabilities");
            List<?> classes = ours.getClasses().get("species");
            for (int i = 0; i < asked.size(); i++) {
                assertThat(labels[i]).isEqualTo(ours.getPredictions().get(i).get("species"));
                for (int k = 0; k < classes.size(); k++) {
                    assertThat(probabilities[i][k])
                            .isEqualTo(ours.getProbabilities().get(i).get("species").get(classes.get(k)));
                }
            }
        }
    }
}
