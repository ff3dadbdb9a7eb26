package io.steamgate.edge.app;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URL;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The management interface of an edge that has not opened its devices yet. */
@QuarkusTest
@TestProfile(ManagementTest.Starting.class)
class ManagementTest {
    /** What every edge must be told; nothing of it is opened here. */
    public static class Starting implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "steamgate.edge.vips", "192.0.2.10",
                    "steamgate.edge.routes", "routes.yaml",
                    "steamgate.edge.interfaces.wan0.addresses", "192.0.2.10/24",
                    "quarkus.management.test-port", "0");
        }
    }

    @TestHTTPResource(value = "/", management = true)
    URL management;

    private String at(String path) {
        return "http://127.0.0.1:" + management.getPort() + path;
    }

    @Test
    void an_edge_that_is_starting_is_live_and_not_ready() {
        given().get(at("/q/health/live"))
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"))
                .body("checks.name", hasItem("poll-loop"));
        given().get(at("/q/health/ready"))
                .then()
                .statusCode(503)
                .body("status", equalTo("DOWN"))
                .body("checks.find { it.name == 'routes' }.data.why", equalTo("starting"));
    }

    @Test
    void metrics_are_there_for_prometheus() {
        given().get(at("/q/metrics")).then().statusCode(200).body(containsString("# TYPE jvm_memory_max_bytes gauge"));
    }

    @Test
    void the_flow_table_is_json() {
        given().get(at("/flows"))
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body("open", equalTo(0))
                .body("lingering", equalTo(0))
                .body("following", equalTo(0))
                .body("flows", empty());
    }

    @Test
    void the_flow_table_is_text_for_who_asks_for_it() {
        String asked = given().get(at("/flows?format=text"))
                .then()
                .statusCode(200)
                .contentType("text/plain; charset=utf-8")
                .extract()
                .asString();
        assertThat(asked).isEqualTo("0 open, 0 lingering, 0 being followed, 0 of datagrams" + System.lineSeparator());
        assertThat(given().accept("text/plain").get(at("/flows")).asString()).isEqualTo(asked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"many", "", "1e3", "99999999999999999999"})
    void a_limit_that_is_no_number_is_refused(String limit) {
        given().queryParam("limit", limit)
                .get(at("/flows"))
                .then()
                .statusCode(400)
                .body(equalTo("limit is not a number\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-5", "2147483647"})
    void a_limit_out_of_reason_is_brought_back_to_it(String limit) {
        given().queryParam("limit", limit).get(at("/flows")).then().statusCode(200);
    }
}
