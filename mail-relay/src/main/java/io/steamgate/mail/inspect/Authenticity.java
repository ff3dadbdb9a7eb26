package io.steamgate.mail.inspect;

import io.netty.channel.EventLoop;
import io.steamgate.mail.policy.Action;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * DKIM and DMARC of one message. DNS is waited for elsewhere; while keys are fetched no more content is welcome, so nothing
 * but one read is held.
 */
final class Authenticity implements Inspector {
    private static final Logger LOG = Logger.getLogger(Authenticity.class);

    private static final Reply NO_SIGNATURE = Reply.of(550, "5.7.20 No DKIM signature of the message is good");
    private static final Reply DMARC_FAILED = Reply.of(550, "5.7.1 DMARC: the domain of From wants this refused");
    private static final Reply NO_AUTHOR = Reply.of(550, "5.7.1 DMARC: From must name one domain");
    private static final Reply DNS_FAILED = Reply.of(451, "4.4.3 DMARC: looking up the domain of From failed");

    private final AuthenticityChecks settings;
    private final EventLoop loop;
    private final Optional<String> sender;
    private final Runnable ready;
    private final DkimCheck dkim;
    private final ByteArrayOutputStream early = new ByteArrayOutputStream(0);
    private HeaderSection header = new HeaderSection();
    private Optional<Consumer<Verdict>> asked = Optional.empty();
    private boolean fetching;

    Authenticity(AuthenticityChecks settings, Subject subject, Runnable ready) {
        this.settings = settings;
        this.loop = subject.loop();
        this.sender = subject.senderDomain();
        this.ready = ready;
        this.dkim = new DkimCheck(settings.dns());
    }

    @Override
    public boolean isReady() {
        return !fetching;
    }

    @Override
    public void header(HeaderSection whole) {
        header = whole;
        fetching = true;
        settings.workers().execute(() -> {
            dkim.begin(whole);
            loop.execute(this::fetched);
        });
    }

    @Override
    public void body(byte[] octets, int length) {
        if (fetching) {
            early.write(octets, 0, length);
        } else {
            dkim.body(octets, 0, length);
        }
    }

    private void fetched() {
        fetching = false;
        dkim.body(early.toByteArray(), 0, early.size());
        early.reset();
        if (asked.isPresent()) {
            conclude(asked.get());
        } else {
            ready.run();
        }
    }

    @Override
    public void end(Consumer<Verdict> answer) {
        asked = Optional.of(answer);
        if (!fetching) {
            conclude(answer);
        }
    }

    @Override
    public void abandon() {}

    private void conclude(Consumer<Verdict> answer) {
        settings.workers().execute(() -> {
            Verdict verdict = judged();
            loop.execute(() -> answer.accept(verdict));
        });
    }

    /** What goes wrong in here is no reason to accept, and none to leave the client without an answer. */
    private Verdict judged() {
        try {
            return judge();
        } catch (RuntimeException | StackOverflowError e) {
            LOG.warnf(e, "a message could not be judged");
            return new Verdict(Optional.of(Replies.LOCAL_ERROR), Map.of("header", "temperror"), "");
        }
    }

    private Verdict judge() {
        Map<String, String> results = new TreeMap<>();
        StringBuilder line = new StringBuilder("Authentication-Results: ").append(settings.hostname());
        Optional<Reply> refusal = Optional.empty();
        List<DkimCheck.Signature> signatures = dkim.end();
        String best = signatures.stream()
                .map(DkimCheck.Signature::verdict)
                .filter("pass"::equals)
                .findFirst()
                .orElseGet(() ->
                        signatures.isEmpty() ? "none" : signatures.getFirst().verdict());
        if (settings.dkim() != Action.OFF) {
            results.put("dkim", best);
            if (signatures.isEmpty()) {
                line.append(";\r\n\tdkim=none");
            }
            for (DkimCheck.Signature signature : signatures) {
                line.append(";\r\n\tdkim=").append(signature.verdict());
                if (!signature.domain().isEmpty()) {
                    line.append(" header.d=").append(plain(signature.domain()));
                }
            }
            boolean bad = !best.equals("pass") && !best.equals("none") && !best.equals("temperror");
            if (settings.dkim() == Action.REFUSE && bad) {
                refusal = Optional.of(NO_SIGNATURE);
            }
        }
        if (settings.dmarc() != Action.OFF) {
            Dmarc.Finding finding = new Dmarc(settings.dns(), settings.random())
                    .judge(
                            header.getFields("From"),
                            signatures.stream()
                                    .filter(signature -> signature.verdict().equals("pass"))
                                    .map(DkimCheck.Signature::domain)
                                    .collect(Collectors.toSet()),
                            sender);
            results.put("dmarc", finding.verdict());
            line.append(";\r\n\tdmarc=").append(finding.verdict());
            if (!finding.domain().isEmpty()) {
                line.append(" header.from=").append(plain(finding.domain()));
            }
            if (settings.dmarc() == Action.REFUSE && refusal.isEmpty()) {
                boolean unsure = signatures.stream()
                        .anyMatch(signature -> signature.verdict().equals("temperror"));
                refusal = refusal(finding, unsure);
            }
        }
        return new Verdict(refusal, results, line.append("\r\n").toString());
    }

    /** @param unsure a signature could not be judged now: it might be the one that counts */
    private static Optional<Reply> refusal(Dmarc.Finding finding, boolean unsure) {
        return switch (finding.verdict()) {
            case "permerror" -> Optional.of(NO_AUTHOR);
            case "temperror" -> Optional.of(DNS_FAILED);
            case "fail" ->
                finding.wish() != Dmarc.Wish.REJECT
                        ? Optional.empty()
                        : Optional.of(unsure ? DNS_FAILED : DMARC_FAILED);
            default -> Optional.empty();
        };
    }

    /** What others have written, without what could end a field. */
    private static String plain(String domain) {
        return domain.replaceAll("[^A-Za-z0-9._-]", "?");
    }
}
