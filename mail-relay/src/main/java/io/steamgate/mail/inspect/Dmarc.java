package io.steamgate.mail.inspect;

import com.google.common.net.InternetDomainName;
import java.io.IOException;
import java.net.IDN;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.field.address.LenientAddressParser;

/** DMARC (RFC 7489): whether somebody whom the domain of From knows stands behind a message. */
final class Dmarc {
    /** What the domain wishes for messages that fail (§6.3). */
    enum Wish {
        NONE,
        QUARANTINE,
        REJECT
    }

    /** @param verdict pass, fail, none, temperror or permerror (§11.2) */
    record Finding(String verdict, String domain, Wish wish) {}

    private record Found(Map<String, String> tags, boolean ofSubdomain) {}

    private final TxtLookup dns;
    private final RandomGenerator random;

    Dmarc(TxtLookup dns, RandomGenerator random) {
        this.dns = dns;
        this.random = random;
    }

    /**
     * Judges a message; blocks.
     *
     * @param from the From fields, whole
     * @param signers domains of good DKIM signatures
     * @param sender the domain for which SPF has passed
     */
    Finding judge(List<String> from, Set<String> signers, Optional<String> sender) {
        Optional<String> author = author(from);
        if (author.isEmpty()) {
            return new Finding("permerror", "", Wish.NONE);
        }
        String domain = author.get();
        Optional<Found> found;
        try {
            found = policy(domain);
        } catch (IOException e) {
            return new Finding("temperror", domain, Wish.NONE);
        }
        if (found.isEmpty()) {
            return new Finding("none", domain, Wish.NONE);
        }
        Map<String, String> tags = found.get().tags();
        boolean aligned = signers.stream().anyMatch(signer -> isAligned(domain, signer, tags.get("adkim")))
                || sender.filter(d -> isAligned(domain, d, tags.get("aspf"))).isPresent();
        return aligned
                ? new Finding("pass", domain, Wish.NONE)
                : new Finding("fail", domain, sampled(wish(found.get()), tags.get("pct")));
    }

    /** The one domain that the message says it is from (§6.6.1); none if there are none, or several. */
    static Optional<String> author(List<String> from) {
        if (from.size() != 1) {
            return Optional.empty();
        }
        List<Mailbox> mailboxes;
        try {
            mailboxes = LenientAddressParser.DEFAULT
                    .parseAddressList(HeaderSection.value(from.getFirst()))
                    .flatten();
        } catch (RuntimeException e) {
            return Optional.empty();
        }
        Set<String> domains = new java.util.HashSet<>();
        for (Mailbox mailbox : mailboxes) {
            domains.add(Optional.ofNullable(mailbox.getDomain()).orElse(""));
        }
        return domains.size() == 1 ? ascii(domains.iterator().next()) : Optional.empty();
    }

    private static Optional<String> ascii(String domain) {
        try {
            String name = IDN.toASCII(domain, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
            return name.isEmpty() || !InternetDomainName.isValid(name) ? Optional.empty() : Optional.of(name);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** §6.6.3: the domain's own record, or else that of its organization. */
    private Optional<Found> policy(String domain) throws IOException {
        Optional<Map<String, String>> own = record(domain);
        String organization = organization(domain);
        if (own.isPresent() || organization.equals(domain)) {
            return own.map(tags -> new Found(tags, false));
        }
        return record(organization).map(tags -> new Found(tags, true));
    }

    private Optional<Map<String, String>> record(String domain) throws IOException {
        List<Map<String, String>> records = dns.records("_dmarc." + domain).stream()
                .map(Dmarc::parse)
                .flatMap(Optional::stream)
                .toList();
        return records.size() == 1 ? Optional.of(records.getFirst()) : Optional.empty();
    }

    /** §6.4: the tags of a record; none if it is none of DMARC's. */
    static Optional<Map<String, String>> parse(String record) {
        Map<String, String> tags = new HashMap<>();
        String[] parts = record.split(";", -1);
        if (!parts[0].replaceAll("[ \t]", "").equals("v=DMARC1")) {
            return Optional.empty();
        }
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals > 0) {
                tags.putIfAbsent(
                        parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT),
                        parts[i].substring(equals + 1).strip().toLowerCase(Locale.ROOT));
            }
        }
        return Optional.of(tags);
    }

    private static Wish wish(Found found) {
        String own = found.tags().getOrDefault("p", "none");
        return switch (found.ofSubdomain() ? found.tags().getOrDefault("sp", own) : own) {
            case "reject" -> Wish.REJECT;
            case "quarantine" -> Wish.QUARANTINE;
            default -> Wish.NONE;
        };
    }

    /** §6.6.4: a share of messages is let off with the next milder wish. */
    private Wish sampled(Wish wish, @org.jspecify.annotations.Nullable String share) {
        if (wish == Wish.NONE || share == null || !share.matches("\\d{1,3}")) {
            return wish;
        }
        return random.nextInt(100) < Integer.parseInt(share) ? wish : wish == Wish.REJECT ? Wish.QUARANTINE : Wish.NONE;
    }

    /** §3.1: equal, or, unless the domain is strict, of one organization. */
    private static boolean isAligned(String author, String other, @org.jspecify.annotations.Nullable String mode) {
        String name = other.toLowerCase(Locale.ROOT);
        return name.equals(author) || !"s".equals(mode) && organization(name).equals(organization(author));
    }

    /** §3.2, by the public suffix list in Guava. */
    static String organization(String domain) {
        if (!InternetDomainName.isValid(domain)) {
            return domain;
        }
        InternetDomainName name = InternetDomainName.from(domain);
        return name.isUnderPublicSuffix() ? name.topPrivateDomain().toString() : domain;
    }
}
