package io.steamgate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A wrong value is one line: the key, what stands there, and what to write. */
class ConfigMistakesTest {
    private static SessionConfig read(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withMapping(SessionConfig.class)
                .withConverter(Duration.class, 1000, new DurationConverter())
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(SessionConfig.class);
    }

    private static List<String> mistakes(Map<String, String> settings) {
        Throwable failure = catchThrowable(() -> read(settings));
        assertThat(failure).isNotNull();
        return ConfigMistakes.of(new IllegalStateException("failed to start", failure));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "head-timeout      | soon   | 'soon' is not a duration: write 500ms, 10s, 5m or 1h",
                "files.recheck     | 1 day  | '1 day' is not a duration: write 500ms, 10s, 5m or 1h",
                "files.small-file  | 16K    | '16K' is not a whole number: write digits only",
                "files.cache-bytes | 8M     | '8M' is not a whole number: write digits only",
                "direct            | nope   | 'nope' is neither true nor false: write one of these",
                "files.listing     | ture   | 'ture' is neither true nor false: write one of these"
            })
    void aWrongValueIsNamedWithItsKeyAndWhatToWrite(String key, String value, String line) {
        assertThat(mistakes(Map.of("steamgate.session." + key, value)))
                .containsExactly("steamgate.session." + key + ": " + line);
    }

    @Test
    void everyMistakeHasItsLine() {
        assertThat(mistakes(Map.of("steamgate.session.head-timeout", "", "steamgate.session.access-log", "maybe")))
                .containsExactlyInAnyOrder(
                        "steamgate.session.head-timeout is empty: give it a value or remove it",
                        "steamgate.session.access-log: 'maybe' is neither true nor false: write one of these");
    }

    @ParameterizedTest
    @ValueSource(strings = {"500ms", "10s", "5m", "1h"})
    void theDurationsThatAreProposedAreSome(String duration) {
        assertThat(read(Map.of("steamgate.session.head-timeout", duration)).headTimeout())
                .isPositive();
    }

    @Test
    void whatTheServiceSaysItselfStaysAsItIsAndABugIsNoMistake() {
        assertThat(ConfigMistakes.of(new RuntimeException(new ConfigurationException("steamgate.session.sites: no"))))
                .containsExactly("steamgate.session.sites: no");
        assertThat(ConfigMistakes.of(new RuntimeException(new BindException("Address already in use"))))
                .singleElement()
                .asString()
                .contains("Address already in use", "another host or port");
        assertThat(ConfigMistakes.of(new IllegalStateException("a bug"))).isEmpty();
    }
}
