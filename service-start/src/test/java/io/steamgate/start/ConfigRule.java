package io.steamgate.start;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;

/** For the ArchUnit tests of every module: take this module's test-jar in test scope, and check your classes. */
public final class ConfigRule {
    /** A setting that is true or false refuses what is neither; SmallRye's own reading of {@code ture} is false. */
    public static final ArchRule SLIPS_ARE_REFUSED = methods()
            .that()
            .areDeclaredInClassesThat(DescribedPredicate.describe("are a config mapping", ConfigRule::isMapping))
            .and()
            .haveRawReturnType(boolean.class)
            .should(new ArchCondition<>("be read by " + TrueOrFalse.class.getSimpleName()) {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                    boolean strict = method.tryGetAnnotationOfType(WithConverter.class)
                            .filter(with -> with.value() == TrueOrFalse.class)
                            .isPresent();
                    if (!strict) {
                        events.add(SimpleConditionEvent.violated(method, method.getFullName() + " takes any word"));
                    }
                }
            })
            .allowEmptyShould(true);

    private ConfigRule() {}

    private static boolean isMapping(JavaClass type) {
        return type.isAnnotatedWith(ConfigMapping.class)
                || type.getEnclosingClass().filter(ConfigRule::isMapping).isPresent();
    }
}
