package io.steamgate.mail.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DmarcTest {
    private final Map<String, List<String>> records = new java.util.HashMap<>();

    private String judge(String from, Set<String> signers, String sender) {
        TxtLookup dns = name -> {
            if (name.contains("silent")) {
                throw new IOException("nobody answers");
            }
            return records.getOrDefault(name, List.of());
        };
        Dmarc.Finding finding = new Dmarc(dns, new Random(1))
                .judge(List.of("From: " + from), signers, Optional.of(sender).filter(s -> !s.isEmpty()));
        return finding.verdict() + " " + finding.wish();
    }

    @Test
    void aDomainOfTheSameOrganizationStandsBehindTheAuthorUnlessTheRecordIsStrict() {
        records.put("_dmarc.example.com", List.of("v=DMARC1; p=reject; adkim=s"));
        assertThat(judge("joe@mail.example.com", Set.of(), "bounce.example.com"))
                .isEqualTo("pass NONE");
        assertThat(judge("joe@mail.example.com", Set.of("example.com"), "")).isEqualTo("fail REJECT");
        assertThat(judge("joe@mail.example.com", Set.of("mail.example.com"), ""))
                .isEqualTo("pass NONE");
        assertThat(judge("joe@mail.example.com", Set.of(), "example.org")).isEqualTo("fail REJECT");
    }

    @Test
    void twoThatShareAPublicSuffixAreNotOneOrganization() {
        records.put("_dmarc.one.co.uk", List.of("v=DMARC1; p=reject"));
        assertThat(judge("joe@one.co.uk", Set.of("two.co.uk"), "two.co.uk")).isEqualTo("fail REJECT");
        assertThat(Dmarc.organization("a.b.one.co.uk")).isEqualTo("one.co.uk");
        assertThat(Dmarc.organization("co.uk")).isEqualTo("co.uk");
    }

    @Test
    void subDomainsMayHaveAnotherWishAndOwnRecordsCountFirst() {
        records.put("_dmarc.example.com", List.of("v=DMARC1; p=reject; sp=quarantine"));
        assertThat(judge("joe@example.com", Set.of(), "")).isEqualTo("fail REJECT");
        assertThat(judge("joe@sub.example.com", Set.of(), "")).isEqualTo("fail QUARANTINE");
        records.put("_dmarc.sub.example.com", List.of("v=DMARC1; p=none"));
        assertThat(judge("joe@sub.example.com", Set.of(), "")).isEqualTo("fail NONE");
    }

    @Test
    void theShareOfZeroLetsOffWithTheMilderWish() {
        records.put("_dmarc.example.com", List.of("v=DMARC1; p=reject; pct=0"));
        assertThat(judge("joe@example.com", Set.of(), "")).isEqualTo("fail QUARANTINE");
        records.put("_dmarc.example.com", List.of("v=DMARC1; p=reject; pct=100"));
        assertThat(judge("joe@example.com", Set.of(), "")).isEqualTo("fail REJECT");
    }

    @Test
    void whatIsNoRecordOrSeveralIsNone() {
        assertThat(judge("joe@example.com", Set.of(), "")).isEqualTo("none NONE");
        records.put("_dmarc.example.com", List.of("v=DMARC1; p=reject", "v=DMARC1; p=none"));
        assertThat(judge("joe@example.com", Set.of(), "")).isEqualTo("none NONE");
        records.put("_dmarc.example.com", List.of("v=spf1 -all", "v=DMARC12; p=reject"));
        assertThat(judge("joe@example.com", Set.of(), "")).isEqualTo("none NONE");
        assertThat(judge("joe@silent.com", Set.of(), "")).isEqualTo("temperror NONE");
    }

    @Test
    void theAuthorIsOneDomainOrNobody() {
        assertThat(Dmarc.author(List.of("From: \"joe@evil.test\" <joe@Example.COM>")))
                .contains("example.com");
        assertThat(Dmarc.author(List.of("From: a@example.com,\r\n\tb@example.com")))
                .contains("example.com");
        assertThat(Dmarc.author(List.of("From: a@example.com, b@example.org"))).isEmpty();
        assertThat(Dmarc.author(List.of("From: a@example.com", "From: b@example.com")))
                .isEmpty();
        assertThat(Dmarc.author(List.of("From: nobody"))).isEmpty();
        assertThat(Dmarc.author(List.of("From: <a@b..c>"))).isEmpty();
        assertThat(Dmarc.author(List.of())).isEmpty();
    }
}
