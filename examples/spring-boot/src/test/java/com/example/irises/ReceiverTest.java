package com.example.irises;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Import;

/** The application with its receiver of webhooks, beside what profiles the environment names. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = WebEnvironment.DEFINED_PORT, properties = {
    "irises.demonstration=false",
    "spring.profiles.include=webhooks",
    "server.port=${IRISES_WEBHOOK_PORT:9000}",
    // Where no worker was told of the receiver: any secret will do for the messages that a test signs.
    "irises.webhook-secret=${IRISES_WEBHOOK_SECRET:whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}"
})
@Import(ReceivedEvents.class)
@interface ReceiverTest {
}
