package io.steamgate.edge.follow;

import java.util.List;
import java.util.Optional;

/**
 * Follows HTTP/0.9, 1.0 and 1.1 to the end of the first head; HTTP/2 by prior knowledge is recognised and left to the
 * default of its listener. What is answered to which input: {@code docs/http-rules.md}.
 */
public final class HttpFollower implements Follower {
    public static final int DEFAULT_HEAD_LIMIT = 16 * 1024;

    private static final Decision.Route HTTP2 = new Decision.Route(
            new RouteKey("http2", Optional.empty(), Optional.empty(), List.of(), List.of(), List.of()));
    private static final Decision.Reject NOTHING_SENT = new Decision.Reject(new byte[0], "nothing-sent");

    private final int headLimit;
    private final Decision.NeedMore needMore;

    public HttpFollower() {
        this(DEFAULT_HEAD_LIMIT);
    }

    /** @param headLimit of the request line and all fields, in octets */
    public HttpFollower(int headLimit) {
        if (headLimit < 256) {
            throw new IllegalArgumentException("a head of " + headLimit + " octets holds no request; at least 256");
        }
        this.headLimit = headLimit;
        this.needMore = new Decision.NeedMore(headLimit);
    }

    @Override
    public String name() {
        return "http";
    }

    @Override
    public Decision follow(Bytes buffered, boolean ended) {
        return switch (HttpRequestHead.parse(buffered, headLimit)) {
            case HttpRequestHead.Head head -> new Decision.Route(head.key());
            case HttpRequestHead.Http2Preface() -> HTTP2;
            case HttpRequestHead.Malformed(int status, String reason) -> reject(status, reason, buffered);
            case HttpRequestHead.Incomplete() -> {
                if (!ended) {
                    yield needMore;
                }
                yield buffered.length() == 0 ? NOTHING_SENT : reject(400, "ended-in-head", buffered);
            }
        };
    }

    @Override
    public byte[] onTimeout() {
        return HttpReply.of(408, true);
    }

    @Override
    public byte[] onUnknown() {
        return HttpReply.of(421, true);
    }

    @Override
    public byte[] onUnavailable() {
        return HttpReply.of(503, true);
    }

    private static Decision.Reject reject(int status, String reason, Bytes request) {
        boolean head =
                HttpOctets.startsWith("HEAD ", request.array(), request.offset(), request.offset() + request.length());
        return new Decision.Reject(HttpReply.of(status, !head), reason);
    }
}
