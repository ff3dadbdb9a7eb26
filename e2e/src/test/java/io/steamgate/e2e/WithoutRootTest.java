package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lab of somebody who has no capability on the machine. */
class WithoutRootTest {
    private static final String NAME = "steamgate-unprivileged";
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final String SCRIPT = Lab.root().resolve("steamgate").toString();
    /**
     * Drops every capability, also for what is started; but for CAP_SETFCAP, without which user 0, whose files these are,
     * may not be mapped (user_namespaces(7)).
     */
    private static final List<String> NOBODY =
            List.of("setpriv", "--bounding-set=-all,+setfcap", "--inh-caps=-all", "--ambient-caps=-all");

    private static Outcome run(List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(Lab.root().toFile());
        builder.environment().put("STEAMGATE_LAB", NAME);
        builder.environment().remove("MAVEN_OPTS");
        try (Command running = Command.start(builder)) {
            return running.await(LIMIT);
        }
    }

    private static Outcome lab(String... arguments) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(NOBODY);
        }
        command.addAll(List.of(SCRIPT, "lab"));
        command.addAll(List.of(arguments));
        return run(command);
    }

    private static boolean userNamespaces() {
        return run(List.of("unshare", "--user", "--map-root-user", "--net", "true"))
                        .exit()
                == 0;
    }

    @Test
    void the_lab_and_the_edge_work_in_a_user_namespace() {
        assumeTrue(userNamespaces(), "this kernel makes no user namespaces");
        lab("up", "--only", "edge,site-a").succeeded();
        try {
            assertThat(lab("exec", "client", "curl", "-sSf", "http://a.test/whoami")
                            .succeeded()
                            .out())
                    .contains("\"site-a\"");
            assertThat(run(List.of("ip", "netns", "list")).out())
                    .as("namespaces on the machine itself")
                    .doesNotContain(NAME);
        } finally {
            lab("down").succeeded();
        }
        assertThat(lab("status").out()).contains("is down");
    }

    @Test
    void where_there_are_none_the_capability_that_is_missing_is_named_in_one_line() {
        assumeTrue(userNamespaces(), "this kernel makes no user namespaces");
        // In a user namespace that makes no further ones.
        String inside = "echo 0 >/proc/sys/user/max_user_namespaces; exec " + String.join(" ", NOBODY) + " '" + SCRIPT
                + "' lab up";
        Outcome refused = run(List.of("unshare", "--user", "--map-root-user", "bash", "-c", inside));

        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err().lines())
                .singleElement()
                .asString()
                .contains("missing capability CAP_NET_ADMIN")
                .contains("run as root, or allow unprivileged user namespaces");
    }
}
