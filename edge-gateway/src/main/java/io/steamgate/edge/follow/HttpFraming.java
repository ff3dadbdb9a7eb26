package io.steamgate.edge.follow;

/**
 * What the followed connections of one thread share: their limits, and memory to look at heads in.
 */
public final class HttpFraming {
    public static final int DEFAULT_RESPONSE_HEAD_LIMIT = 64 * 1024;
    public static final int DEFAULT_PIPELINE_LIMIT = 64;

    private final int requestHeadLimit;
    private final int responseHeadLimit;
    private final int pipelineLimit;
    private final byte[] scratch;

    public HttpFraming() {
        this(HttpFollower.DEFAULT_HEAD_LIMIT, DEFAULT_RESPONSE_HEAD_LIMIT, DEFAULT_PIPELINE_LIMIT);
    }

    /**
     * @param requestHeadLimit in octets
     * @param responseHeadLimit in octets
     * @param pipelineLimit how many requests of a connection may wait for their responses; 1 to 256
     */
    public HttpFraming(int requestHeadLimit, int responseHeadLimit, int pipelineLimit) {
        if (pipelineLimit < 1 || pipelineLimit > 256) {
            throw new IllegalArgumentException("a pipeline of " + pipelineLimit + " requests; 1 to 256");
        }
        this.requestHeadLimit = requestHeadLimit;
        this.responseHeadLimit = responseHeadLimit;
        this.pipelineLimit = pipelineLimit;
        this.scratch = new byte[Math.max(requestHeadLimit, responseHeadLimit)];
    }

    /** The framing of one more connection, from its first octet in both directions. */
    public HttpExchanges connection() {
        return new HttpExchanges(
                new RequestTracker(requestHeadLimit, scratch),
                new ResponseTracker(responseHeadLimit, scratch),
                pipelineLimit);
    }
}
