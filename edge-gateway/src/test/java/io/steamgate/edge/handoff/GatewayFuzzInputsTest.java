package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The inputs in the tree that the fuzzer begins with still say what their names say: a changed script could make noise of them. */
class GatewayFuzzInputsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "get",
                "kept",
                "tcp",
                "tls",
                "tls-server-name",
                "tls-two-records",
                "tls-two-segments",
                "request-absolute-form",
                "request-fields",
                "request-http-1.0",
                "request-head",
                "request-chunked",
                "response-close-delimited",
                "response-no-content",
                "cookie",
                "selective"
            })
    void a_connection_is_handed_over(String input) throws IOException {
        assertThat(GatewayFuzzTest.played(octets(input)).splices).isPositive();
    }

    private static byte[] octets(String input) throws IOException {
        try (InputStream file =
                GatewayFuzzInputsTest.class.getResourceAsStream("GatewayFuzzTestInputs/fuzz/" + input)) {
            return file.readAllBytes();
        }
    }
}
