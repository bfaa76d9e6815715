package com.example.irises;

import ai.onnxruntime.OrtException;
import com.example.irises.worker.ApiClient;
import com.example.irises.worker.api.RunsApi;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A run of the worker in this process: exported once, scored by ONNX Runtime without a call. */
@Configuration
class ScoringConfiguration {

    /** The file that `npx ml-worker export --run 7 --output iris.onnx` has written, at irises.onnx-model. */
    @Bean
    @ConditionalOnProperty("irises.onnx-model")
    OnnxModel exportedModel(@Value("${irises.onnx-model}") String file, ObjectMapper json) throws OrtException {
        return OnnxModel.read(Path.of(file), json);
    }

    /** Where exportRun fetches such a file. */
    @Bean
    RunsApi runsApi(ApiClient workerClient) {
        return new RunsApi(workerClient);
    }
}
