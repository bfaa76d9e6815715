package com.example.irises;

import com.example.irises.worker.ApiClient;
import com.example.irises.worker.api.PredictionApi;
import com.example.irises.worker.api.TrainingApi;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpClient;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.ClientHttpRequestFactorySettings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.BufferingClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.client.RestClient;

/** The generated client of the worker, on Spring's own RestClient: its time-outs are spring.http.client.*. */
@Configuration
class WorkerConfiguration {

    @Bean
    ApiClient workerClient(RestClient.Builder builder, ClientHttpRequestFactorySettings settings, ObjectMapper json,
            ClientHttpRequestInterceptor workerAuthorization, @Value("${worker.url}") String url) {
        // HTTP/1.1 is what the worker speaks. Bodies are sent with their length: in chunks it must take each for a large one.
        ClientHttpRequestFactory requests = ClientHttpRequestFactoryBuilder.jdk()
                .withHttpClientCustomizer(http -> http.version(HttpClient.Version.HTTP_1_1))
                .build(settings);
        RestClient client = builder
                .requestInterceptor(workerAuthorization)
                .requestFactory(new BufferingClientHttpRequestFactory(requests))
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
