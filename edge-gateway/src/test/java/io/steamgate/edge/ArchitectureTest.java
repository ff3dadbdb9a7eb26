package io.steamgate.edge;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.steamgate.start.ConfigRule;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The house has floors: each knows only those it is listed with here. */
class ArchitectureTest {
    private static final String ROOT = "io.steamgate.edge.";

    /** A floor and what it may import of the edge, besides itself. */
    private static final Map<String, Set<String>> FLOORS = Map.ofEntries(
            Map.entry("runtime", Set.of()),
            Map.entry("wire", Set.of("runtime")),
            Map.entry("link", Set.of("runtime", "wire")),
            Map.entry("stack", Set.of("runtime", "wire", "link")),
            Map.entry("tcp", Set.of("runtime", "wire", "link", "stack")),
            Map.entry("socket", Set.of("runtime", "wire", "link", "stack", "tcp")),
            Map.entry("follow", Set.of("wire")),
            Map.entry("route", Set.of("runtime", "wire", "follow")),
            Map.entry("handoff", Set.of("runtime", "wire", "link", "stack", "tcp", "socket", "follow", "route")),
            Map.entry("vip", Set.of("runtime", "wire", "link", "stack", "tcp", "socket", "follow", "route", "handoff")),
            Map.entry(
                    "app",
                    Set.of("runtime", "wire", "link", "stack", "tcp", "socket", "follow", "route", "handoff", "vip")));

    private static final JavaClasses EDGE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.steamgate.edge");

    @Test
    void every_package_is_a_floor() {
        assertThat(EDGE)
                .extracting(ArchitectureTest::floor)
                .allSatisfy(floor -> assertThat(FLOORS.keySet()).contains(floor));
    }

    @Test
    void floors_import_only_what_is_under_them() {
        FLOORS.forEach((floor, under) -> noClasses()
                .that()
                .resideInAPackage(ROOT + floor + "..")
                .should()
                .dependOnClassesThat(new DescribedPredicate<>("live above or beside " + floor) {
                    @Override
                    public boolean test(JavaClass other) {
                        return other.getPackageName().startsWith(ROOT)
                                && !floor(other).equals(floor)
                                && !under.contains(floor(other));
                    }
                })
                .allowEmptyShould(true)
                .check(EDGE));
    }

    @Test
    void a_setting_that_is_true_or_false_refuses_what_is_neither() {
        ConfigRule.SLIPS_ARE_REFUSED.check(EDGE);
    }

    @Test
    void names_say_what_a_class_is() {
        classes()
                .should()
                .haveSimpleNameNotEndingWith("Util")
                .andShould()
                .haveSimpleNameNotEndingWith("Utils")
                .andShould()
                .haveSimpleNameNotEndingWith("Manager")
                .andShould()
                .haveSimpleNameNotEndingWith("Helper")
                .andShould()
                .haveSimpleNameNotEndingWith("Impl")
                .check(EDGE);
    }

    @Test
    void time_and_chance_come_from_outside() {
        List<String> outside = List.of(ROOT + "runtime..", ROOT + "app..");
        noClasses()
                .that()
                .resideOutsideOfPackages(outside.toArray(String[]::new))
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", java.time.Duration.class)
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(
                        Random.class,
                        java.security.SecureRandom.class,
                        java.util.concurrent.ThreadLocalRandom.class,
                        java.util.SplittableRandom.class)
                .check(EDGE);
    }

    private static String floor(JavaClass type) {
        String rest = type.getPackageName().length() < ROOT.length()
                ? "app"
                : type.getPackageName().substring(ROOT.length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
