package io.steamgate.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.store.CacheName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bad configuration is refused in one line that says what to change. */
class SettingsTest {
    private static StateConfig config(String... pairs) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put("steamgate.state." + pairs[i], pairs[i + 1]);
        }
        return new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 200, new DurationConverter())
                .withMapping(StateConfig.class)
                .withSources(new PropertiesConfigSource(values, "test", 500))
                .build()
                .getConfigMapping(StateConfig.class);
    }

    private static ClientSettings settings(String... pairs) {
        return Settings.client(config(pairs), name -> Optional.empty());
    }

    @Test
    void one_server_or_three_are_taken_with_the_usual_port() {
        assertThat(settings("servers", "state.test").servers()).containsExactly("state.test:11222");
        assertThat(settings("servers", "a, b:7000 ,c").servers()).containsExactly("a:11222", "b:7000", "c:11222");
    }

    @Test
    void a_node_alone_needs_none() {
        assertThat(settings("pulse", "1s").servers()).isEmpty();
    }

    @Test
    void two_servers_are_refused_with_the_reason() {
        assertThatThrownBy(() -> settings("servers", "a,b"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("steamgate.state.servers names two servers")
                .hasMessageContaining("the survivor of a crash would be no majority")
                .hasMessageContaining("name one, or three and more");
    }

    @Test
    void the_same_server_twice_is_one() {
        assertThat(settings("servers", "a,a:11222").servers()).containsExactly("a:11222");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            required | true | steamgate.state.servers is not set, but steamgate.state.required is true
            servers | a:0 | is no HOST or HOST:PORT
            servers | :7 | no HOST or HOST:PORT
            servers | a:x | no HOST or HOST:PORT
            budget | 0s | steamgate.state.budget must be more than zero
            attempt | 2s | steamgate.state.attempt is longer than budget
            calls | 0 | steamgate.state.calls must be at least 1
            budgets.dns | 1s | is for no cache; there are nodes, births
            budgets.sessions | 0s | steamgate.state.budgets.sessions must be more than zero
            near-entries.sessions | 5 | this cache is never kept near
            near-entries.pieces | -1 | it is a number of entries
            tls | none | there is no quarkus.tls.none
            username | anna | belong together
            """)
    void what_is_wrong_is_named(String key, String value, String message) {
        assertThatThrownBy(() -> settings(
                        key.equals("required") || key.equals("servers") ? "pulse" : "servers",
                        key.equals("required") || key.equals("servers") ? "1s" : "a",
                        key,
                        value))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("steamgate.state.")
                .hasMessageContaining(message);
    }

    @Test
    void a_password_is_not_sent_in_the_clear() {
        assertThatThrownBy(() ->
                        settings("servers", "a", "username", "anna", "password", "secret", "sasl-mechanism", "PLAIN"))
                .hasMessageContaining("PLAIN sends the password as it is");
        assertThat(settings("servers", "a", "username", "anna", "password", "secret")
                        .toString())
                .doesNotContain("secret");
    }

    @Test
    void the_embedded_server_knows_one_way_to_prove_a_password() {
        assertThatThrownBy(() -> settings(
                        "embedded",
                        "true",
                        "username",
                        "anna",
                        "password",
                        "secret",
                        "sasl-mechanism",
                        "SCRAM-SHA-256"))
                .hasMessageContaining("steamgate.state.sasl-mechanism is not known to the embedded server");
        assertThat(settings("embedded", "true", "username", "anna", "password", "secret")
                        .security()
                        .credentials())
                .isPresent();
    }

    @Test
    void embedded_and_servers_exclude_each_other() {
        assertThatThrownBy(() -> settings("embedded", "true", "servers", "a"))
                .hasMessageContaining("exclude each other");
        assertThat(settings("embedded", "true", "embedded-port", "7000").servers())
                .containsExactly("127.0.0.1:7000");
    }

    @Test
    void exceptions_by_cache_are_taken() {
        ClientSettings settings = settings("servers", "a", "budgets.dns-cache", "50ms", "near-entries.pieces", "7");
        assertThat(settings.budgets()).containsEntry(CacheName.DNS_CACHE, Duration.ofMillis(50));
        assertThat(settings.nearEntries()).containsEntry(CacheName.PIECES, 7);
    }

    @Test
    void a_time_out_that_allows_for_no_lost_heartbeat_is_refused() {
        assertThatThrownBy(() -> Settings.rhythm(config("servers", "a", "member-timeout", "2s")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("two heartbeats and two looks");
    }

    @Test
    void what_holds_without_configuration_is_what_the_settings_say() {
        assertThat(settings("servers", "a:1")).isEqualTo(ClientSettings.of(java.util.List.of("a:1")));
        assertThat(Settings.rhythm(config("servers", "a"))).isEqualTo(io.steamgate.state.member.Rhythm.DEFAULT);
    }
}
