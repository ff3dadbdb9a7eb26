package io.steamgate.state;

import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;

/** For the ArchUnit tests of every module: take this module's test-jar in test scope, and check your classes. */
public final class InfinispanRule {
    /** Services speak to the stores of cluster-state, and never to Infinispan. */
    public static final ArchRule ONLY_CLUSTER_STATE_KNOWS_INFINISPAN = ArchRuleDefinition.noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.infinispan..", "org.jgroups..", "io.quarkus.infinispan..")
            .because("what is shared is behind the stores of cluster-state");

    private InfinispanRule() {}
}
