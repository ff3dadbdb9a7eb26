package io.steamgate.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A wrong value is one line: the key, what stands there, and what to write. */
class ConfigMistakesTest {
    enum Kind {
        AF_PACKET,
        PCAP
    }

    /** Something of every type that services' settings have. */
    @ConfigMapping(prefix = "steamgate.example")
    interface Example {
        @WithDefault("1s")
        Duration patience();

        @WithDefault("64K")
        MemorySize budget();

        @WithDefault("4096")
        int limit();

        @WithDefault("1")
        long bytes();

        @WithDefault("af-packet")
        Kind kind();

        @WithConverter(TrueOrFalse.class)
        @WithDefault("false")
        boolean echo();

        Map<String, Port> ports();

        interface Port {
            List<String> addresses();

            OptionalInt vlan();
        }
    }

    private static Example read(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withMapping(Example.class)
                .withConverter(Duration.class, 1000, new DurationConverter())
                .withConverter(MemorySize.class, 1000, new MemorySizeConverter())
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(Example.class);
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
                "patience | often   | 'often' is not a duration: write 500ms, 10s, 5m or 1h",
                "patience | 1 day   | '1 day' is not a duration: write 500ms, 10s, 5m or 1h",
                "budget | plenty  | 'plenty' is not a size: write 65536, 64K or 256M",
                "limit  | 4k      | '4k' is not a whole number: write digits only",
                "bytes  | 8M      | '8M' is not a whole number: write digits only",
                "kind   | afpaket | 'afpaket' is not known: write af-packet or pcap",
                "echo   | perhaps | 'perhaps' is neither true nor false: write one of these",
                "echo   | ture    | 'ture' is neither true nor false: write one of these"
            })
    void aWrongValueIsNamedWithItsKeyAndWhatToWrite(String key, String value, String line) {
        assertThat(mistakes(Map.of("steamgate.example." + key, value)))
                .containsExactly("steamgate.example." + key + ": " + line);
    }

    @Test
    void everyMistakeHasItsLine() {
        assertThat(mistakes(Map.of(
                        "steamgate.example.ports.wan0.vlan", "9z",
                        "steamgate.example.patience", "")))
                .containsExactlyInAnyOrder(
                        "steamgate.example.ports.wan0.addresses is required and not set",
                        "steamgate.example.ports.wan0.vlan: '9z' is not a whole number: write digits only",
                        "steamgate.example.patience is empty: give it a value or remove it");
    }

    @Test
    void aKeyThatIsNoneIsNamed() {
        assertThat(mistakes(Map.of("steamgate.example.ecko", "true")))
                .containsExactly("steamgate.example.ecko is no setting: correct its name or remove it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"500ms", "10s", "5m", "1h"})
    void theDurationsThatAreProposedAreSome(String duration) {
        assertThat(read(Map.of("steamgate.example.patience", duration)).patience())
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"65536", "64K", "256M"})
    void theSizesThatAreProposedAreSome(String size) {
        assertThat(read(Map.of("steamgate.example.budget", size)).budget().asLongValue())
                .isGreaterThanOrEqualTo(65536);
    }

    @ParameterizedTest
    @CsvSource({"true, true", "yes, true", "FALSE, false", "off, false"})
    void whatIsTrueOrFalseIsTaken(String written, boolean means) {
        assertThat(read(Map.of("steamgate.example.echo", written)).echo()).isEqualTo(means);
    }

    @Test
    void whatAServiceSaysItselfStaysAsItIsAndABugIsNoMistake() {
        assertThat(ConfigMistakes.of(new RuntimeException(new ConfigurationException("steamgate.example.vips: none"))))
                .containsExactly("steamgate.example.vips: none");
        assertThat(ConfigMistakes.of(new RuntimeException(new BindException("Address already in use"))))
                .singleElement()
                .asString()
                .contains("Address already in use", "another host or port");
        assertThat(ConfigMistakes.of(new IllegalStateException("a bug"))).isEmpty();
    }
}
