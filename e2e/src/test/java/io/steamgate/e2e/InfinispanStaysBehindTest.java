package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Services speak to the stores of cluster-state; no other module knows Infinispan. */
class InfinispanStaysBehindTest {
    private static List<Path> compiledModules() throws IOException {
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            return modules.map(module -> module.resolve("target").resolve("classes"))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }

    @Test
    void no_module_but_cluster_state_knows_infinispan() throws IOException {
        List<Path> others = compiledModules().stream()
                .filter(classes -> !classes.startsWith(Path.of("..", "cluster-state")))
                .toList();
        assertThat(others).as("modules that have been compiled").hasSizeGreaterThan(1);
        JavaClasses classes = new ClassFileImporter().importPaths(others);
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.infinispan..", "org.jgroups..", "io.quarkus.infinispan..")
                .because("what is shared is behind the stores of cluster-state")
                .check(classes);
    }
}
