package com.example.irises;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model that the worker has exported. It takes rows as the worker does, and gives what the worker predicts: the same labels,
 * and the same doubles as docs/frameworks.md of the worker says. Safe for several threads at once.
 */
public final class OnnxModel implements AutoCloseable {

    /** What the file says of an input: its name, the feature, double or string, and the text of a missing value. */
    record Input(String input, String feature, String kind, String type, String missing) {
    }

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final List<Input> inputs;

    private OnnxModel(OrtEnvironment environment, OrtSession session, List<Input> inputs) {
        this.environment = environment;
        this.session = session;
        this.inputs = inputs;
    }

    /** Throws IllegalArgumentException where the bytes are no export of the worker. */
    static OnnxModel read(byte[] file, ObjectMapper json) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session = environment.createSession(file, new OrtSession.SessionOptions());
        String inputs = session.getMetadata().getCustomMetadata().getOrDefault("ml_worker.inputs", "");
        try {
            return new OnnxModel(environment, session, json.readValue(inputs, new TypeReference<List<Input>>() {
            }));
        } catch (JsonProcessingException e) {
            session.close();
            throw new IllegalArgumentException("the model does not say what the worker says of its inputs", e);
        }
    }

    /**
     * The outputs by their names, each an array with an element a row: String[], long[], double[] or boolean[] for a label,
     * double[][] for the probabilities of its classes. A value that is null or absent is missing.
     */
    public Map<String, Object> predict(List<Map<String, Object>> rows) throws OrtException {
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try {
            for (Input input : inputs) {
                tensors.put(input.input(), tensorOf(input, rows));
            }
            try (OrtSession.Result result = session.run(tensors)) {
                Map<String, Object> outputs = new LinkedHashMap<>();
                for (Map.Entry<String, OnnxValue> output : result) {
                    outputs.put(output.getKey(), output.getValue().getValue());
                }
                return outputs;
            }
        } finally {
            tensors.values().forEach(OnnxTensorLike::close);
        }
    }

    private OnnxTensor tensorOf(Input input, List<Map<String, Object>> rows) throws OrtException {
        if (input.type().equals("string")) {
            String[][] texts = new String[rows.size()][1];
            for (int i = 0; i < texts.length; i++) {
                Object value = rows.get(i).get(input.feature());
                texts[i][0] = value == null ? input.missing() : value.toString();
            }
            return OnnxTensor.createTensor(environment, texts);
        }
        double[][] numbers = new double[rows.size()][1];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i][0] = numberOf(rows.get(i).get(input.feature()));
        }
        return OnnxTensor.createTensor(environment, numbers);
    }

    /** Booleans are 1 and 0, times the milliseconds since 1970. */
    private static double numberOf(Object value) {
        if (value == null) {
            return Double.NaN;
        }
        if (value instanceof Boolean yes) {
            return yes ? 1 : 0;
        }
        if (value instanceof Instant time) {
            return time.toEpochMilli();
        }
        return ((Number) value).doubleValue();
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
