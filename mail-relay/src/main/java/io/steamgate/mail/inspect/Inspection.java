package io.steamgate.mail.inspect;

import io.netty.buffer.ByteBuf;
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
 * One message as it goes by: DKIM and DMARC. All calls come, and all answers go, on one event loop; DNS is waited for
 * elsewhere. While keys are fetched no more content is welcome, so nothing but one read is held.
 */
public final class Inspection {
    private static final Logger LOG = Logger.getLogger(Inspection.class);

    private static final Reply NO_SIGNATURE = Reply.of(550, "5.7.20 No DKIM signature of the message is good");
    private static final Reply DMARC_FAILED = Reply.of(550, "5.7.1 DMARC: the domain of From wants this refused");
    private static final Reply NO_AUTHOR = Reply.of(550, "5.7.1 DMARC: From must name one domain");
    private static final Reply DNS_FAILED = Reply.of(451, "4.4.3 DMARC: looking up the domain of From failed");
    private static final Reply LONG_HEADER = Reply.of(554, "5.6.0 The header section is longer than 65536 octets");

    /**
     * What is to become of the message.
     *
     * @param refusal what the client is told instead of an acceptance
     * @param results by check, for the metrics
     * @param line the Authentication-Results field (RFC 8601), with its line end
     */
    public record Verdict(Optional<Reply> refusal, Map<String, String> results, String line) {}

    private enum Stage {
        HEADER,
        FETCHING,
        BODY
    }

    private final Inspections settings;
    private final EventLoop loop;
    private final Optional<String> sender;
    private final boolean dotted;
    private final Runnable ready;
    private final HeaderSection header = new HeaderSection();
    private final DkimCheck dkim;
    private final ByteArrayOutputStream early = new ByteArrayOutputStream(0);
    private Optional<Consumer<Verdict>> asked = Optional.empty();
    private Stage stage = Stage.HEADER;
    private boolean lineStart = true;

    Inspection(Inspections settings, EventLoop loop, Optional<String> sender, boolean dotted, Runnable ready) {
        this.settings = settings;
        this.loop = loop;
        this.sender = sender;
        this.dotted = dotted;
        this.ready = ready;
        this.dkim = new DkimCheck(settings.dns());
    }

    /** Whether more content is welcome now. */
    public boolean isReady() {
        return stage != Stage.FETCHING;
    }

    /** Looks at a part of the content; the buffer stays the caller's. */
    public void content(ByteBuf part) {
        byte[] octets = new byte[part.readableBytes()];
        int length = 0;
        for (int i = part.readerIndex(); i < part.writerIndex(); i++) {
            byte octet = part.getByte(i);
            boolean stuffed = dotted && lineStart && octet == '.';
            lineStart = octet == '\n';
            if (!stuffed && (header.isTooLong() || !header.take(octet))) {
                octets[length++] = octet;
            }
        }
        if (stage == Stage.HEADER && header.isComplete()) {
            fetch();
        }
        if (stage == Stage.BODY) {
            dkim.body(octets, 0, length);
        } else if (stage == Stage.FETCHING) {
            early.write(octets, 0, length);
        }
    }

    private void fetch() {
        stage = Stage.FETCHING;
        settings.workers().execute(() -> {
            dkim.begin(header);
            loop.execute(this::fetched);
        });
    }

    private void fetched() {
        stage = Stage.BODY;
        dkim.body(early.toByteArray(), 0, early.size());
        early.reset();
        if (asked.isPresent()) {
            conclude(asked.get());
        } else {
            ready.run();
        }
    }

    /** The content is whole. */
    public void end(Consumer<Verdict> answer) {
        if (header.isTooLong()) {
            answer.accept(new Verdict(Optional.of(LONG_HEADER), Map.of("header", "permerror"), ""));
            return;
        }
        asked = Optional.of(answer);
        switch (stage) {
            case HEADER -> {
                header.finish();
                fetch();
            }
            case FETCHING -> {}
            case BODY -> conclude(answer);
        }
    }

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
