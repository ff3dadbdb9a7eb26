package io.steamgate.state;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.steamgate.start.ConfigRule;
import org.junit.jupiter.api.Test;

/** Conventions of the module. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter().importPath("target/classes");

    @Test
    void a_setting_that_is_true_or_false_refuses_what_is_neither() {
        ConfigRule.SLIPS_ARE_REFUSED.check(CLASSES);
    }

    @Test
    void packages_form_no_circle() {
        slices().matching("io.steamgate.state.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void only_three_packages_know_infinispan() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.steamgate.state.hotrod..", "io.steamgate.state.schema..", "io.steamgate.state.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.infinispan..", "org.jgroups..")
                .check(CLASSES);
    }

    /** So that a native executable does not contain a server. */
    @Test
    void nothing_refers_to_the_server() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackage("io.steamgate.state.server..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.steamgate.state.server..")
                .check(CLASSES);
    }

    @Test
    void callers_see_no_infinispan_type() {
        ArchRuleDefinition.noMethods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .resideOutsideOfPackage("io.steamgate.state.schema..")
                .should()
                .haveRawReturnType(
                        com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage("org.infinispan.."))
                .check(CLASSES);
    }

    @Test
    void the_rule_for_other_modules_holds_here_where_it_may_not_only_for_the_three() {
        InfinispanRule.ONLY_CLUSTER_STATE_KNOWS_INFINISPAN.check(
                new ClassFileImporter().importPackages("io.steamgate.state.store", "io.steamgate.state.member"));
    }

    @Test
    void time_and_chance_come_from_outside() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAnyPackage("io.steamgate.state.store..", "io.steamgate.state.schema..")
                .should()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(CLASSES);
    }
}
