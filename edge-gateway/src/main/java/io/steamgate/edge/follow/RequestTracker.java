package io.steamgate.edge.follow;

/** The direction from the client. */
final class RequestTracker extends MessageTracker {
    private static final HttpRequestHead NONE = new HttpRequestHead.Incomplete();

    private HttpRequestHead head = NONE;

    RequestTracker(int headLimit, byte[] scratch) {
        super(headLimit, scratch);
    }

    /** What the last octets of a head were. */
    HttpRequestHead head() {
        return head;
    }

    /** Lets go of the last head. */
    void forget() {
        head = NONE;
    }

    @Override
    int parse(Bytes bytes, int limit) {
        head = HttpRequestHead.parse(bytes, limit);
        if (head instanceof HttpRequestHead.Http2Preface && headOffset() > 0) {
            // A connection begins with the preface (RFC 9113 section 3.4); later it is a request of a version not
            // served
            head = new HttpRequestHead.Malformed(505, "version-not-supported");
        }
        return switch (head) {
            case HttpRequestHead.Incomplete() -> INCOMPLETE;
            case HttpRequestHead.Malformed malformed -> MALFORMED;
            case HttpRequestHead.Http2Preface() -> HttpRequestHead.HTTP2_PREFACE.length();
            case HttpRequestHead.Head complete -> complete.length();
        };
    }
}
