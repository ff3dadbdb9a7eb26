package io.steamgate.edge.follow;

/** The direction from the service. */
final class ResponseTracker extends MessageTracker {
    private HttpResponseHead head = new HttpResponseHead.Incomplete();
    private String requestMethod = "GET";

    ResponseTracker(int headLimit, byte[] scratch) {
        super(headLimit, scratch);
    }

    /** Sets what the next head answers. */
    void requestMethod(String method) {
        requestMethod = method;
    }

    HttpResponseHead head() {
        return head;
    }

    @Override
    int parse(Bytes bytes, int limit) {
        head = HttpResponseHead.parse(bytes, limit, requestMethod);
        return switch (head) {
            case HttpResponseHead.Incomplete() -> INCOMPLETE;
            case HttpResponseHead.Malformed malformed -> MALFORMED;
            case HttpResponseHead.Head complete -> complete.length();
        };
    }
}
