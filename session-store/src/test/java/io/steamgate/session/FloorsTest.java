package io.steamgate.session;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.smallrye.config.WithDefault;
import io.steamgate.start.ConfigRule;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Conventions of the module. */
class FloorsTest {
    private final JavaClasses classes = new ClassFileImporter().importPath("target/classes");

    @Test
    void packagesFormNoCircle() {
        slices().matching("io.steamgate.session.(*)..")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    @Test
    void aSettingThatIsTrueOrFalseRefusesWhatIsNeither() {
        ConfigRule.SLIPS_ARE_REFUSED.check(classes);
    }

    @Test
    void noOtherModuleIsKnownHere() {
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are of another module",
                        c -> c.getPackageName().startsWith("io.steamgate.")
                                && !c.getPackageName().startsWith("io.steamgate.start")
                                && !c.getPackageName().startsWith("io.steamgate.session")))
                .check(classes);
    }

    @Test
    void everyKeyIsDocumentedWithItsDefault() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        assertDocumented(readme, "steamgate.session", SessionConfig.class);
    }

    private static void assertDocumented(String readme, String prefix, Class<?> mapping) {
        for (Method method : mapping.getDeclaredMethods()) {
            String key =
                    prefix + "." + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (method.getReturnType().isInterface()
                    && method.getReturnType().getEnclosingClass() == SessionConfig.class) {
                assertDocumented(readme, key, method.getReturnType());
                continue;
            }
            WithDefault value = method.getAnnotation(WithDefault.class);
            assertThat(readme).contains("| `" + key + "` | " + (value == null ? "" : "`" + value.value() + "` |"));
        }
    }
}
