package io.steamgate.mail;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is configured wrong stops the start, with a line that says what to change. */
class SetupTest {
    private static Setup with(String key, String value) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "steamgate.mail.hostname", "relay.test",
                "steamgate.mail.listeners.smtp.port", "25",
                "steamgate.mail.destinations.other.servers", "192.0.2.1:25"));
        settings.put("steamgate.mail." + key, value);
        MailConfig config = new SmallRyeConfigBuilder()
                .withMapping(MailConfig.class)
                .withConverter(Duration.class, 1000, new DurationConverter())
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(MailConfig.class);
        return new Setup(config, new NoTls());
    }

    @Test
    void whatTheOthersStartFromIsRight() {
        assertThatCode(() -> with("hostname", "relay.test")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "destinations.other.port | 65536 | '65536' is no port: write 1 to 65535",
                "listeners.smtp.port | 0 | '0' is no port: write 1 to 65535",
                "limits.drain | -1 | must not be less than zero",
                "maildir.quota-bytes | -1 | must not be less than zero",
                "policy.greylist-delay | -5M | must not be less than zero",
                "policy.rate-recipients | -1 | must not be less than zero",
                "event-loops | -1 | must not be less than zero",
                "pool.messages | 0 | must be more than zero",
                "maildir.catch-all | .. | '..' cannot be the name of a directory",
                "maildir.catch-all | a/b | 'a/b' cannot be the name of a directory",
                "destinations.other.tls-configuration-name | x | is of no use with any tls but required: remove it, or change that",
                "listeners.smtp.tls-configuration-name | x | is of no use with tls=off: remove it, or change that"
            })
    void isRefused(String key, String value, String rule) {
        assertThatThrownBy(() -> with(key, value.replace("-5M", "PT-5M")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("steamgate.mail." + key + ": " + rule);
    }

    private static final class NoTls implements TlsConfigurationRegistry {
        @Override
        public Optional<TlsConfiguration> get(String name) {
            return Optional.empty();
        }

        @Override
        public Optional<TlsConfiguration> getDefault() {
            return Optional.empty();
        }

        @Override
        public void register(String name, TlsConfiguration configuration) {
            throw new UnsupportedOperationException();
        }
    }
}
