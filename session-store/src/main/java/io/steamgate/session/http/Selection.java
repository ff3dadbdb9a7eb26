package io.steamgate.session.http;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Answers a GET or HEAD with a representation: conditions, ranges, then the whole (RFC 9110 §13.2, §14.2). */
public final class Selection {
    private final InstantSource clock;

    public Selection(InstantSource clock) {
        this.clock = clock;
    }

    public void answer(Exchange exchange, Representation chosen) {
        MultiMap request = exchange.request().headers();
        Instant lastModified = chosen.lastModified();
        String etag = chosen.etag();
        switch (Conditions.evaluate(request, etag, lastModified)) {
            case FAILED -> {
                chosen.content().close();
                exchange.answer(412);
            }
            case NOT_MODIFIED -> {
                chosen.content().close();
                fields(exchange, chosen);
                exchange.end(304, Buffer.buffer());
            }
            case PROCEED -> {
                // A GET only (RFC 9110 §14.2); a repeated field is malformed and so ignored.
                List<String> range = exchange.isHead() ? List.of() : request.getAll("range");
                ByteRanges ranges = range.size() == 1
                                && Conditions.rangeCounts(request, etag, lastModified, clock.instant())
                        ? ByteRanges.parse(range.getFirst(), chosen.content().length())
                        : new ByteRanges.Whole();
                switch (ranges) {
                    case ByteRanges.Whole _ -> whole(exchange, chosen);
                    case ByteRanges.Unsatisfiable _ -> unsatisfiable(exchange, chosen);
                    case ByteRanges.Some(List<ByteRanges.Range> some)
                    when some.size() == 1 -> single(exchange, chosen, some.getFirst());
                    case ByteRanges.Some(List<ByteRanges.Range> some) -> multiple(exchange, chosen, some);
                }
            }
        }
    }

    private static void fields(Exchange exchange, Representation chosen) {
        chosen.fields().forEach(exchange::field);
    }

    private static void whole(Exchange exchange, Representation chosen) {
        fields(exchange, chosen);
        exchange.field("content-type", chosen.mediaType()).field("accept-ranges", "bytes");
        Content content = chosen.content();
        if (content instanceof MemoryContent(byte[] bytes)) {
            exchange.end(200, Buffer.buffer(io.netty.buffer.Unpooled.wrappedBuffer(bytes)));
        } else if (exchange.isHead()) {
            content.close();
            exchange.endHead(200, content.length());
        } else {
            exchange.end(
                    200, content.length(), content, List.of(new BodyWriter.Part(Buffer.buffer(), 0, content.length())));
        }
    }

    private static void unsatisfiable(Exchange exchange, Representation chosen) {
        chosen.content().close();
        exchange.field("content-range", "bytes */" + chosen.content().length());
        exchange.answer(416);
    }

    private static void single(Exchange exchange, Representation chosen, ByteRanges.Range range) {
        fields(exchange, chosen);
        exchange.field("content-type", chosen.mediaType())
                .field("content-range", range.contentRange(chosen.content().length()));
        exchange.end(
                206,
                range.length(),
                chosen.content(),
                List.of(new BodyWriter.Part(Buffer.buffer(), range.first(), range.length())));
    }

    private static void multiple(Exchange exchange, Representation chosen, List<ByteRanges.Range> ranges) {
        // Only content that quotes its own entity tag could contain this boundary.
        String boundary = "part-" + chosen.etag().replace("W/", "").replace("\"", "");
        List<BodyWriter.Part> parts = new ArrayList<>();
        long length = 0;
        for (ByteRanges.Range range : ranges) {
            Buffer head = Buffer.buffer((parts.isEmpty() ? "--" : "\r\n--") + boundary + "\r\ncontent-type: "
                    + chosen.mediaType() + "\r\ncontent-range: "
                    + range.contentRange(chosen.content().length()) + "\r\n\r\n");
            parts.add(new BodyWriter.Part(head, range.first(), range.length()));
            length += head.length() + range.length();
        }
        Buffer end = Buffer.buffer("\r\n--" + boundary + "--\r\n");
        parts.add(new BodyWriter.Part(end, 0, 0));
        length += end.length();
        fields(exchange, chosen);
        exchange.field("content-type", "multipart/byteranges; boundary=" + boundary);
        exchange.end(206, length, chosen.content(), parts);
    }
}
