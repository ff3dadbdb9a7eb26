package io.steamgate.start;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConfigRuleTest {
    @ConfigMapping(prefix = "strict")
    interface Strict {
        @WithConverter(TrueOrFalse.class)
        boolean on();

        Duration patience();
    }

    @ConfigMapping(prefix = "lax")
    interface Lax {
        Inner inner();

        interface Inner {
            boolean on();
        }
    }

    interface NoMapping {
        boolean on();
    }

    @Test
    void aBooleanSettingThatTakesAnyWordBreaksTheRule() {
        assertThat(broken(Lax.class, Lax.Inner.class))
                .singleElement()
                .asString()
                .contains("on()");
    }

    @Test
    void aStrictOneAndWhatIsNoSettingKeepIt() {
        assertThat(broken(Strict.class, NoMapping.class)).isEmpty();
    }

    private static java.util.List<String> broken(Class<?>... classes) {
        return ConfigRule.SLIPS_ARE_REFUSED
                .evaluate(new ClassFileImporter().importClasses(classes))
                .getFailureReport()
                .getDetails();
    }
}
