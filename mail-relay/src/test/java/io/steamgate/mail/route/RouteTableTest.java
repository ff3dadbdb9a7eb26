package io.steamgate.mail.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.mail.smtp.Mailbox;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RouteTableTest {
    private final RouteTable table = RouteTable.parse(List.of(
            "# comment",
            "joe@a.test  one   # his own",
            "a.test two",
            ".a.test three",
            ".deep.a.test four",
            "[192.0.2.1] five",
            "*\tsix"));

    private String route(String local, String domain) {
        return table.find(new Mailbox(local, domain))
                .map(route -> route.destination() + (route.open() ? "" : "!"))
                .orElse("-");
    }

    @Test
    void theMostSpecialPatternWins() {
        assertThat(route("joe", "a.test")).isEqualTo("one");
        assertThat(route("\"JOE\"", "A.Test")).isEqualTo("one");
        assertThat(route("jim", "a.test")).isEqualTo("two");
        assertThat(route("jim", "x.a.test")).isEqualTo("three");
        assertThat(route("jim", "x.y.a.test")).isEqualTo("three");
        assertThat(route("jim", "x.deep.a.test")).isEqualTo("four");
        assertThat(route("jim", "deep.a.test")).isEqualTo("three");
        assertThat(route("jim", "[192.0.2.1]")).isEqualTo("five");
    }

    @Test
    void theDefaultIsNotOpenToEverybody() {
        assertThat(route("jim", "b.test")).isEqualTo("six!");
        assertThat(route("jim", "nota.test")).isEqualTo("six!");
        assertThat(RouteTable.parse(List.of("a.test x")).find(new Mailbox("jim", "b.test")))
                .isEqualTo(Optional.empty());
    }

    @Test
    void aWrongLineIsNamed() {
        assertThatThrownBy(() -> RouteTable.parse(List.of("", "a.test"))).hasMessageStartingWith("line 2: expected");
        assertThatThrownBy(() -> RouteTable.parse(List.of("a.test x", "A.test y")))
                .hasMessage("line 2: 'A.test' is there twice");
        assertThatThrownBy(() -> RouteTable.parse(List.of("@a.test x"))).hasMessageContaining("no local part");
        assertThatThrownBy(() -> RouteTable.parse(List.of("*.a.test x"))).hasMessageContaining("is no domain");
        assertThatThrownBy(() -> RouteTable.parse(List.of("joe@.a.test x"))).hasMessageContaining("is neither");
    }
}
