package com.example.irises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class WebhookSignaturesTests {

    /** A message with its signature out of the tests of the standard's own libraries. */
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final long SENT = 1614265330;
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private static WebhookSignatures at(long seconds) {
        return new WebhookSignatures(SECRET, Clock.fixed(Instant.ofEpochSecond(seconds), ZoneOffset.UTC));
    }

    private static boolean isGood(String id, String timestamp, String signatures, byte[] body) {
        return at(SENT).areGood(id, timestamp, signatures, body);
    }

    @Test
    void takesTheMessageOfTheStandard() {
        assertThat(isGood(ID, "1614265330", SIGNATURE, BODY)).isTrue();
    }

    @Test
    void takesOneGoodSignatureOfSeveral() {
        assertThat(isGood(ID, "1614265330", "v1,AAAA v1a,AAAA v1,* " + SIGNATURE, BODY)).isTrue();
    }

    @Test
    void refusesWhatIsOtherwiseThanItWasSigned() {
        assertThat(isGood("msg_other", "1614265330", SIGNATURE, BODY)).isFalse();
        assertThat(isGood(ID, "1614265331", SIGNATURE, BODY)).isFalse();
        assertThat(isGood(ID, "1614265330", SIGNATURE, new byte[0])).isFalse();
        assertThat(isGood(ID, "1614265330", SIGNATURE.replace("v1,g", "v1,h"), BODY)).isFalse();
        assertThat(isGood(ID, "1614265330", SIGNATURE.replace("v1,", ""), BODY)).isFalse();
        assertThat(isGood(ID, "1614265330", "", BODY)).isFalse();
    }

    @Test
    void refusesATimeThatIsFarOffOrNone() {
        assertThat(at(SENT + 300).areGood(ID, "1614265330", SIGNATURE, BODY)).isTrue();
        assertThat(at(SENT + 301).areGood(ID, "1614265330", SIGNATURE, BODY)).isFalse();
        assertThat(at(SENT - 301).areGood(ID, "1614265330", SIGNATURE, BODY)).isFalse();
        assertThat(isGood(ID, "yesterday", SIGNATURE, BODY)).isFalse();
        assertThat(isGood(ID, String.valueOf(Long.MAX_VALUE), SIGNATURE, BODY)).isFalse();
    }

    @Test
    void refusesASecretOfAnotherForm() {
        assertThatIllegalArgumentException().isThrownBy(() -> new WebhookSignatures("secret", Clock.systemUTC()));
    }
}
