package io.steamgate.edge.follow;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** What following a connection says, in lines: the same for the same streams, however they are cut. */
final class Transcript {
    private final List<String> lines = new ArrayList<>();
    private final HttpExchanges exchanges;
    private final IntUnaryOperator cut;

    private Transcript(HttpFraming framing, IntUnaryOperator cut) {
        this.exchanges = framing.connection();
        this.cut = cut;
    }

    /**
     * Follows all requests and then all responses.
     *
     * @param cut how long the next piece is, 1 to its argument, which is how much is left
     */
    static List<String> of(byte[] requests, byte[] responses, HttpFraming framing, IntUnaryOperator cut) {
        Transcript transcript = new Transcript(framing, cut);
        transcript.requests(requests);
        transcript.responses(responses);
        return transcript.lines;
    }

    private void requests(byte[] stream) {
        int at = 0;
        while (at < stream.length) {
            int length = cut.applyAsInt(stream.length - at);
            long skippable = exchanges.requestSkippable();
            if (skippable > 0 && length % 2 == 0) {
                int skipped = (int) Math.min(length, skippable);
                exchanges.skipRequest(skipped);
                at += skipped;
                continue;
            }
            HttpExchanges.Step step = length % 3 == 0
                    ? exchanges.request(MemorySegment.ofArray(stream), at, length)
                    : exchanges.request(new Bytes(stream, at, length));
            at += exchanges.taken();
            switch (step) {
                case MORE -> {
                    if (exchanges.taken() != length) {
                        throw new AssertionError("took " + exchanges.taken() + " of " + length);
                    }
                }
                case HEAD -> {
                    lines.add(exchanges.requestOffset() + " " + exchanges.head());
                    exchanges.admit();
                }
                case WAIT -> {
                    lines.add(exchanges.requestOffset() + " waits");
                    return;
                }
                case MALFORMED -> {
                    lines.add(exchanges.admittedTo() + " " + exchanges.malformed());
                    return;
                }
            }
        }
        lines.add(exchanges.admittedTo() + " of " + exchanges.requestOffset());
    }

    private void responses(byte[] stream) {
        long answered = -1;
        int at = 0;
        while (at < stream.length) {
            int length = cut.applyAsInt(stream.length - at);
            long skippable = exchanges.responseSkippable();
            if (skippable > 0 && length % 2 == 0) {
                length = (int) Math.min(length, skippable);
                exchanges.skipResponse(length);
            } else if (length % 3 == 0) {
                exchanges.response(MemorySegment.ofArray(stream), at, length);
            } else {
                exchanges.response(new Bytes(stream, at, length));
            }
            at += length;
            if (exchanges.responseOffset() != at || exchanges.answeredTo() < answered) {
                throw new AssertionError("at " + exchanges.responseOffset() + ", fed " + at);
            }
            answered = exchanges.answeredTo();
        }
        lines.add(exchanges.outstanding() + " outstanding, answered to " + exchanges.answeredTo() + ", last status "
                + exchanges.status() + ", " + exchanges.state() + " " + exchanges.fault());
    }
}
