package com.example.irises;

import com.example.irises.worker.ApiClient;
import java.util.List;
import java.util.Map;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Service;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/** Finished runs as files of ONNX. The generated exportRun gives a File, which RestClient does not read. */
@Service
class ExportedRuns {

    private final ApiClient client;

    ExportedRuns(ApiClient workerClient) {
        this.client = workerClient;
    }

    byte[] fetch(long run) {
        MultiValueMap<String, String> query = new LinkedMultiValueMap<>();
        query.add("format", "onnx");
        ParameterizedTypeReference<byte[]> bytes = new ParameterizedTypeReference<>() {
        };
        return client.invokeAPI("/api/runs/{model_run_id}/export", HttpMethod.GET, Map.of("model_run_id", run), query,
                null, new HttpHeaders(), new LinkedMultiValueMap<>(), new LinkedMultiValueMap<>(),
                List.of(MediaType.APPLICATION_OCTET_STREAM), MediaType.APPLICATION_JSON, new String[0], bytes).body(bytes);
    }
}
