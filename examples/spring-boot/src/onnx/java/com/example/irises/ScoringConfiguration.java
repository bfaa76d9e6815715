package com.example.irises;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A run of the worker in this process: exported once, scored by ONNX Runtime without a call. */
@Configuration
class ScoringConfiguration {

    /** The file that `npx ml-worker export --run 7 --output iris.onnx` has written. */
    @Bean
    @ConditionalOnProperty("irises.onnx-model")
    OnnxModel modelOfFile(@Value("${irises.onnx-model}") String file, ObjectMapper json)
            throws IOException, OrtException {
        return OnnxModel.read(Files.readAllBytes(Path.of(file)), json);
    }

    /** Fetched when the application starts, by the id of the run. */
    @Bean
    @ConditionalOnProperty("irises.onnx-run")
    OnnxModel modelOfRun(@Value("${irises.onnx-run}") long run, ExportedRuns exports, ObjectMapper json)
            throws OrtException {
        return OnnxModel.read(exports.fetch(run), json);
    }
}
