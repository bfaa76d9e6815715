package com.example.irises;

import jakarta.servlet.DispatcherType;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;

/** The receiver of webhooks, with SPRING_PROFILES_ACTIVE=webhooks: the one path that is open to the network. */
@Configuration
@Profile("webhooks")
class WebhookConfiguration {

    static final String PATH = "/hooks/ml";

    @Bean
    WebhookSignatures webhookSignatures(@Value("${irises.webhook-secret}") String secret) {
        return new WebhookSignatures(secret, Clock.systemUTC());
    }

    /** The signature says who sends it: there is no login, no session, and no form that another site could send. */
    @Bean
    SecurityFilterChain webhookSecurity(HttpSecurity http) throws Exception {
        return http
                .authorizeHttpRequests(requests -> requests
                        .dispatcherTypeMatchers(DispatcherType.ERROR).permitAll()
                        .requestMatchers(HttpMethod.POST, PATH).permitAll()
                        .anyRequest().denyAll())
                .csrf(csrf -> csrf.disable())
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .build();
    }
}
