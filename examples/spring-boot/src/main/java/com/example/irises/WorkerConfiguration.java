package com.example.irises;

import com.example.irises.worker.ApiClient;
import com.example.irises.worker.api.DeploymentsApi;
import com.example.irises.worker.api.PredictionApi;
import com.example.irises.worker.api.ProjectsApi;
import com.example.irises.worker.api.TrainingApi;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.ClientHttpRequestFactorySettings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.BufferingClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.client.RestClient;

/** The generated client of the worker, on Spring's own RestClient: its time-outs are spring.http.client.*. */
@Configuration
class WorkerConfiguration {

    /** Calls that may come twice as they are: the same training is accepted again and trains once. */
    private static final Pattern REPEATABLE = Pattern.compile(".*/(train|predict|cancel)");

    private final ClientHttpRequestFactorySettings settings;
    private final ObjectMapper json;
    private final String url;
    private final Duration retryLimit;

    WorkerConfiguration(ClientHttpRequestFactorySettings settings, ObjectMapper json,
            @Value("${worker.url}") String url, @Value("${worker.retry-limit}") Duration retryLimit) {
        this.settings = settings;
        this.json = json;
        this.url = url;
        this.retryLimit = retryLimit;
    }

    /** With the application's own credentials. */
    @Bean
    @Primary
    ApiClient workerClient(RestClient.Builder builder,
            @Qualifier("workerAuthorization") ClientHttpRequestInterceptor authorization) {
        return client(builder, authorization);
    }

    /** With those of the person who approves. */
    @Bean
    ApiClient reviewerClient(RestClient.Builder builder,
            @Qualifier("reviewerAuthorization") ClientHttpRequestInterceptor authorization) {
        return client(builder, authorization);
    }

    private ApiClient client(RestClient.Builder builder, ClientHttpRequestInterceptor authorization) {
        // HTTP/1.1 is what the worker speaks. Bodies are sent with their length: in chunks it must take each for a large one.
        ClientHttpRequestFactory requests = ClientHttpRequestFactoryBuilder.jdk()
                .withHttpClientCustomizer(http -> http.version(HttpClient.Version.HTTP_1_1))
                .build(settings);
        RestClient client = builder
                .requestInterceptor(new RetryInterceptor(retryLimit, WorkerConfiguration::isRepeatable))
                .requestInterceptor(authorization)
                .requestFactory(new BufferingClientHttpRequestFactory(requests))
                .defaultStatusHandler(HttpStatusCode::isError, (request, response) -> {
                    throw WorkerException.of(response, json);
                })
                .build();
        return new ApiClient(client).setBasePath(url);
    }

    private static boolean isRepeatable(HttpRequest request) {
        return request.getMethod().equals(HttpMethod.GET) || request.getHeaders().containsKey("Idempotency-Key")
                || REPEATABLE.matcher(request.getURI().getPath()).matches();
    }

    @Bean
    TrainingApi trainingApi(ApiClient workerClient) {
        return new TrainingApi(workerClient);
    }

    @Bean
    PredictionApi predictionApi(ApiClient workerClient) {
        return new PredictionApi(workerClient);
    }

    @Bean
    @Primary
    ProjectsApi projectsApi(ApiClient workerClient) {
        return new ProjectsApi(workerClient);
    }

    @Bean
    ProjectsApi reviewerProjectsApi(@Qualifier("reviewerClient") ApiClient reviewerClient) {
        return new ProjectsApi(reviewerClient);
    }

    @Bean
    DeploymentsApi deploymentsApi(ApiClient workerClient) {
        return new DeploymentsApi(workerClient);
    }
}
