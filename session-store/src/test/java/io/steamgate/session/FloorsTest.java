package io.steamgate.session;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.steamgate.start.ConfigRule;
import io.steamgate.start.KeysDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        KeysDocument.assertTells(Files.readString(Path.of("README.md")), "steamgate.session", SessionConfig.class);
    }
}
