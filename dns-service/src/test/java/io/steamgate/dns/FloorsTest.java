package io.steamgate.dns;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;
import io.steamgate.start.ConfigRule;
import io.steamgate.start.KeysDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Conventions of the module. */
class FloorsTest {
    private final JavaClasses classes = new ClassFileImporter().importPath("target/classes");

    @Test
    void each_floor_knows_only_those_below_it() {
        Architectures.layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("service")
                .definedBy("io.steamgate.dns")
                .layer("serve")
                .definedBy("io.steamgate.dns.serve")
                .layer("cluster")
                .definedBy("io.steamgate.dns.cluster")
                .layer("shared")
                .definedBy("io.steamgate.dns.shared")
                .layer("maintain")
                .definedBy("io.steamgate.dns.maintain")
                .layer("resolve")
                .definedBy("io.steamgate.dns.resolve")
                .layer("cache")
                .definedBy("io.steamgate.dns.cache")
                .layer("zone")
                .definedBy("io.steamgate.dns.zone")
                .layer("guard")
                .definedBy("io.steamgate.dns.guard")
                .layer("wire")
                .definedBy("io.steamgate.dns.wire")
                .layer("net")
                .definedBy("io.steamgate.dns.net")
                .whereLayer("service")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("serve")
                .mayOnlyBeAccessedByLayers("service", "maintain")
                .whereLayer("resolve")
                .mayOnlyBeAccessedByLayers("service", "serve")
                .whereLayer("zone")
                .mayOnlyBeAccessedByLayers("service", "cluster", "maintain", "serve")
                .whereLayer("guard")
                .mayOnlyBeAccessedByLayers("service", "maintain", "serve")
                .whereLayer("cache")
                .mayOnlyBeAccessedByLayers("service", "shared", "maintain", "serve", "resolve")
                .whereLayer("maintain")
                .mayOnlyBeAccessedByLayers("service", "cluster")
                .whereLayer("cluster")
                .mayOnlyBeAccessedByLayers("service", "shared")
                .whereLayer("shared")
                .mayOnlyBeAccessedByLayers("service")
                .check(classes);
    }

    @Test
    void packages_form_no_circle() {
        slices().matching("io.steamgate.dns.(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void a_setting_that_is_true_or_false_refuses_what_is_neither() {
        ConfigRule.SLIPS_ARE_REFUSED.check(classes);
    }

    @Test
    void no_other_module_but_the_shared_state_and_the_start_is_known_here() {
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are of another module",
                        c -> c.getPackageName().startsWith("io.steamgate.")
                                && !c.getPackageName().startsWith("io.steamgate.start")
                                && !c.getPackageName().startsWith("io.steamgate.dns")
                                && !c.getPackageName().startsWith("io.steamgate.state")))
                .check(classes);
    }

    @Test
    void what_answers_from_bytes_knows_no_library_for_messages_and_no_sockets() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAnyPackage("io.steamgate.dns.wire", "io.steamgate.dns.cache", "io.steamgate.dns.guard")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.xbill..", "io.netty..")
                .check(classes);
    }

    @Test
    void nothing_is_reached_by_reflection() {
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.reflect")
                .orShould()
                .callMethod(Class.class, "forName", String.class)
                .check(classes);
    }

    @Test
    void every_key_is_documented_with_its_default() throws IOException {
        KeysDocument.assertTells(Files.readString(Path.of("README.md")), "steamgate.dns", DnsConfig.class);
    }

    @Test
    void no_file_needs_a_table_of_contents() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            List<Path> long_ = files.filter(Files::isRegularFile)
                    .filter(file -> lines(file) > 400)
                    .toList();
            assertThat(long_).isEmpty();
        }
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
