package com.example.irises;

import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.ClientHttpRequestFactorySettings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.web.client.RestClient;

/**
 * How the application says who it is to a worker with ACCESS=required: by JWTs of the issuer where one is configured, else
 * by an API token, else not at all.
 */
@Configuration
class WorkerCredentials {

    /** The registrations of application-issuer.properties. */
    private static final String APPLICATION = "worker";
    private static final String REVIEWER = "reviewer";

    @Bean
    ClientHttpRequestInterceptor workerAuthorization(ObjectProvider<OAuth2AuthorizedClientManager> issuer,
            @Value("${worker.token}") String token) {
        return authorization(issuer.getIfAvailable(), APPLICATION, token);
    }

    /** Where people log in to the application, it would send the token of the one who approves. */
    @Bean
    ClientHttpRequestInterceptor reviewerAuthorization(ObjectProvider<OAuth2AuthorizedClientManager> issuer,
            @Value("${worker.reviewer-token}") String token) {
        return authorization(issuer.getIfAvailable(), REVIEWER, token);
    }

    private static ClientHttpRequestInterceptor authorization(OAuth2AuthorizedClientManager issuer,
            String registration, String token) {
        if (issuer != null) {
            return byIssuer(issuer, registration);
        }
        return (request, body, execution) -> {
            if (!token.isEmpty()) {
                request.getHeaders().setBearerAuth(token);
            }
            return execution.execute(request, body);
        };
    }

    /** Spring Security keeps the JWT, and asks for the next one before it is over. */
    private static ClientHttpRequestInterceptor byIssuer(OAuth2AuthorizedClientManager manager, String registration) {
        OAuth2AuthorizeRequest authorize = OAuth2AuthorizeRequest.withClientRegistrationId(registration)
                .principal("irises")
                .build();
        return (request, body, execution) -> {
            request.getHeaders().setBearerAuth(manager.authorize(authorize).getAccessToken().getTokenValue());
            return execution.execute(request, body);
        };
    }

    /** Spring Security by itself would wait for the issuer without an end, and ask it once. */
    @Configuration
    @Profile("issuer")
    static class Issuer {

        @Bean
        OAuth2AuthorizedClientManager issuerManager(ClientRegistrationRepository registrations,
                OAuth2AuthorizedClientService clients, ClientHttpRequestFactorySettings settings,
                @Value("${worker.retry-limit}") Duration retryLimit) {
            RestClientClientCredentialsTokenResponseClient tokens = new RestClientClientCredentialsTokenResponseClient();
            tokens.setRestClient(RestClient.builder()
                    .requestFactory(ClientHttpRequestFactoryBuilder.jdk().build(settings))
                    .requestInterceptor(new RetryInterceptor(retryLimit, request -> true))
                    .messageConverters(converters -> {
                        converters.clear();
                        converters.add(new FormHttpMessageConverter());
                        converters.add(new OAuth2AccessTokenResponseHttpMessageConverter());
                    })
                    .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
                    .build());
            AuthorizedClientServiceOAuth2AuthorizedClientManager manager =
                    new AuthorizedClientServiceOAuth2AuthorizedClientManager(registrations, clients);
            manager.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder()
                    .clientCredentials(credentials -> credentials.accessTokenResponseClient(tokens))
                    .build());
            return manager;
        }
    }
}
