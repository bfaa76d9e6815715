package com.example.irises;

import com.example.irises.worker.ApiClient;
import com.example.irises.worker.api.PredictionApi;
import com.example.irises.worker.api.TrainingApi;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.client.RestClient;

/** The generated client of the worker, on Spring's own RestClient: its time-outs are spring.http.client.*. */
@Configuration
class WorkerConfiguration {

    @Bean
    ApiClient workerClient(RestClient.Builder builder, ObjectMapper json, @Value("${worker.url}") String url) {
        RestClient client = builder
                .defaultStatusHandler(HttpStatusCode::isError, (request, response) -> {
                    throw WorkerException.of(response, json);
                })
                .build();
        return new ApiClient(client).setBasePath(url);
    }

    @Bean
    TrainingApi trainingApi(ApiClient workerClient) {
        return new TrainingApi(workerClient);
    }

    @Bean
    PredictionApi predictionApi(ApiClient workerClient) {
        return new PredictionApi(workerClient);
    }
}
