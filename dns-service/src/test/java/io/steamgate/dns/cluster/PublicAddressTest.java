package io.steamgate.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of the answers to a cluster's question where it is are believed. */
class PublicAddressTest {
    private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress TWO = InetAddress.ofLiteral("192.0.2.2");

    @TempDir
    Path directory;

    private PublicAddress address(Optional<InetAddress> fixed) throws IOException {
        return new PublicAddress(fixed, new StateFiles(directory));
    }

    private static PublicAddress.AddressSource says(InetAddress address) {
        return () -> Optional.of(address);
    }

    @Test
    void one_is_believed_where_nobody_else_answers_and_a_change_is_noticed_and_kept() throws IOException {
        PublicAddress address = address(Optional.empty());
        assertThat(address.current()).isEmpty();
        address.check(List.of(Optional::empty, says(ONE)));
        assertThat(address.current()).contains(ONE);
        address.check(List.of(says(TWO)));
        assertThat(address.current()).contains(TWO);
        assertThat(address(Optional.empty()).current()).as("after a start").contains(TWO);
    }

    @Test
    void where_they_disagree_what_was_known_stays_and_two_that_agree_outvote_a_third() throws IOException {
        PublicAddress address = address(Optional.empty());
        address.check(List.of(says(ONE), says(TWO)));
        assertThat(address.current()).isEmpty();
        address.check(List.of(says(TWO), says(ONE), says(ONE)));
        assertThat(address.current()).contains(ONE);
        address.check(List.of(says(ONE), says(TWO)));
        assertThat(address.current()).contains(ONE);
        address.check(List.of(Optional::empty));
        assertThat(address.current()).as("nobody answers").contains(ONE);
    }

    @Test
    void nobody_is_asked_for_one_that_is_set_by_hand() throws IOException {
        PublicAddress address = address(Optional.of(ONE));
        address.check(List.of(says(TWO), says(TWO)));
        assertThat(address.current()).contains(ONE);
    }
}
