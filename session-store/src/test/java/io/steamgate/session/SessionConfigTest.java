package io.steamgate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.SmallRyeConfigBuilder;
import org.junit.jupiter.api.Test;

class SessionConfigTest {
    @Test
    void theDefaultsAreRight() {
        SessionConfig config = config("node", "n");
        SessionStore.check(config);
        assertThat(Listeners.edges(config).isEmpty()).isTrue();
    }

    @Test
    void whatNoFieldCouldCarryIsNoCacheControl() {
        assertThatThrownBy(() -> SessionStore.check(config("files.cache-control", "no-cache\r\nSet-Cookie: a=b")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("steamgate.session.files.cache-control has characters that a field cannot carry");
        SessionStore.check(config("files.cache-control", "public, max-age=60"));
    }

    @Test
    void somebodyMustBeAbleToConnect() {
        assertThatThrownBy(() -> Listeners.edges(config("direct", "false")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "steamgate.session.direct=false lets nobody connect: set steamgate.session.trusted-edges too");
    }

    private static SessionConfig config(String key, String value) {
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(SessionConfig.class)
                .withDefaultValue("steamgate.session." + key, value)
                .build()
                .getConfigMapping(SessionConfig.class);
    }
}
