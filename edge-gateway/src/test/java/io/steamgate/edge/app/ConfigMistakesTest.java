package io.steamgate.edge.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
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
    private static EdgeConfig read(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withMapping(EdgeConfig.class)
                .withConverter(Duration.class, 1000, new DurationConverter())
                .withConverter(MemorySize.class, 1000, new MemorySizeConverter())
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(EdgeConfig.class);
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
                "routes-reload    | often   | 'often' is not a duration: write 500ms, 10s, 5m or 1h",
                "follow-budget    | plenty  | 'plenty' is not a size: write 65536, 64K or 256M",
                "embryonic-limit  | 4k      | '4k' is not a whole number: write digits only",
                "link             | afpaket | 'afpaket' is not known: write af-packet or pcap",
                "echo             | perhaps | 'perhaps' is neither true nor false: write one of these",
                "masquerade       | ture    | 'ture' is neither true nor false: write one of these",
                "access-log       | nope    | 'nope' is neither true nor false: write one of these"
            })
    void a_wrong_value_is_named_with_its_key_and_what_to_write(String key, String value, String line) {
        assertThat(mistakes(Map.of("steamgate.edge." + key, value)))
                .containsExactly("steamgate.edge." + key + ": " + line);
    }

    @Test
    void every_mistake_has_its_line() {
        assertThat(mistakes(Map.of(
                        "steamgate.edge.interfaces.wan0.vlan", "9z",
                        "steamgate.edge.routes-reload", "")))
                .containsExactlyInAnyOrder(
                        "steamgate.edge.interfaces.wan0.addresses is required and not set",
                        "steamgate.edge.interfaces.wan0.vlan: '9z' is not a whole number: write digits only",
                        "steamgate.edge.routes-reload is empty: give it a value or remove it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"500ms", "10s", "5m", "1h"})
    void the_durations_that_are_proposed_are_some(String duration) {
        assertThat(read(Map.of("steamgate.edge.routes-reload", duration)).routesReload())
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"65536", "64K", "256M"})
    void the_sizes_that_are_proposed_are_some(String size) {
        assertThat(read(Map.of("steamgate.edge.follow-budget", size))
                        .followBudget()
                        .asLongValue())
                .isGreaterThanOrEqualTo(65536);
    }

    @ParameterizedTest
    @CsvSource({"true, true", "yes, true", "FALSE, false", "off, false"})
    void what_is_true_or_false_is_taken(String written, boolean means) {
        assertThat(read(Map.of("steamgate.edge.echo", written)).echo()).isEqualTo(means);
    }

    @Test
    void what_a_service_says_itself_stays_as_it_is_and_a_bug_is_no_mistake() {
        assertThat(ConfigMistakes.of(new RuntimeException(new ConfigurationException("steamgate.edge.vips: none"))))
                .containsExactly("steamgate.edge.vips: none");
        assertThat(ConfigMistakes.of(new RuntimeException(new BindException("Address already in use"))))
                .singleElement()
                .asString()
                .contains("Address already in use", "another host or port");
        assertThat(ConfigMistakes.of(new IllegalStateException("a bug"))).isEmpty();
    }
}
