package io.steamgate.mail.inspect;

import io.netty.buffer.ByteBuf;
import io.steamgate.mail.smtp.Reply;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** One message as it goes by, taken apart for those that look at it; they are asked for their verdicts one after another. */
public final class Inspection {
    private static final Reply LONG_HEADER = Reply.of(554, "5.6.0 The header section is longer than 65536 octets");

    private final List<Inspector> inspectors;
    private final boolean dotted;
    private final HeaderSection header = new HeaderSection();
    private boolean lineStart = true;
    private boolean begun;

    Inspection(List<Inspector> inspectors, boolean dotted) {
        this.inspectors = inspectors;
        this.dotted = dotted;
    }

    /** Whether more content is welcome now. */
    public boolean isReady() {
        return inspectors.stream().allMatch(Inspector::isReady);
    }

    /** Looks at a part of the content; the buffer stays the caller's. */
    public void content(ByteBuf part) {
        byte[] octets = new byte[part.readableBytes()];
        int length = 0;
        for (int i = part.readerIndex(); i < part.writerIndex(); i++) {
            byte octet = part.getByte(i);
            boolean stuffed = dotted && lineStart && octet == '.';
            lineStart = octet == '\n';
            if (!stuffed && !header.isTooLong() && !header.take(octet)) {
                octets[length++] = octet;
            }
        }
        if (header.isComplete()) {
            begin();
        }
        if (length > 0) {
            int body = length;
            inspectors.forEach(inspector -> inspector.body(octets, body));
        }
    }

    private void begin() {
        if (!begun) {
            begun = true;
            inspectors.forEach(inspector -> inspector.header(header));
        }
    }

    /** The content is whole. */
    public void end(Consumer<Inspector.Verdict> answer) {
        if (header.isTooLong()) {
            abandon();
            answer.accept(new Inspector.Verdict(Optional.of(LONG_HEADER), Map.of("header", "permerror"), ""));
            return;
        }
        header.finish();
        begin();
        ask(0, new Inspector.Verdict(Optional.empty(), Map.of(), ""), answer);
    }

    private void ask(int index, Inspector.Verdict before, Consumer<Inspector.Verdict> answer) {
        if (index == inspectors.size()) {
            answer.accept(before);
            return;
        }
        inspectors.get(index).end(verdict -> {
            Map<String, String> results = new TreeMap<>(before.results());
            results.putAll(verdict.results());
            Inspector.Verdict both =
                    new Inspector.Verdict(verdict.refusal(), results, before.lines() + verdict.lines());
            if (verdict.refusal().isPresent()) {
                inspectors.subList(index + 1, inspectors.size()).forEach(Inspector::abandon);
                answer.accept(both);
            } else {
                ask(index + 1, both, answer);
            }
        });
    }

    /** Nothing will come of the message. */
    public void abandon() {
        inspectors.forEach(Inspector::abandon);
    }
}
