package com.example.irises;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;

/** How the application says who it is to a worker with ACCESS=required. */
@Configuration
class WorkerCredentials {

    /** The registration of application-issuer.properties. */
    private static final String REGISTRATION = "worker";

    /** JWTs of the issuer where one is configured, else the API token of worker.token, else nothing. */
    @Bean
    ClientHttpRequestInterceptor workerAuthorization(ObjectProvider<ClientRegistrationRepository> registrations,
            ObjectProvider<OAuth2AuthorizedClientService> clients, @Value("${worker.token}") String token) {
        ClientRegistrationRepository issuers = registrations.getIfAvailable();
        if (issuers != null) {
            return byIssuer(new AuthorizedClientServiceOAuth2AuthorizedClientManager(issuers, clients.getObject()));
        }
        return (request, body, execution) -> {
            if (!token.isEmpty()) {
                request.getHeaders().setBearerAuth(token);
            }
            return execution.execute(request, body);
        };
    }

    /** Spring Security keeps the JWT, and asks for the next one before it is over. */
    private static ClientHttpRequestInterceptor byIssuer(OAuth2AuthorizedClientManager manager) {
        OAuth2AuthorizeRequest application = OAuth2AuthorizeRequest.withClientRegistrationId(REGISTRATION)
                .principal("irises")
                .build();
        return (request, body, execution) -> {
            OAuth2AuthorizedClient client = manager.authorize(application);
            request.getHeaders().setBearerAuth(client.getAccessToken().getTokenValue());
            return execution.execute(request, body);
        };
    }
}
