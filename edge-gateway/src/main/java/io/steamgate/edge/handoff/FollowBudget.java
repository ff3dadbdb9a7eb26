package io.steamgate.edge.handoff;

/** One bound on the bytes that all connections being followed may make the edge buffer. */
final class FollowBudget {
    private final long limit;
    private long reserved;

    FollowBudget(long limit) {
        this.limit = limit;
    }

    boolean has(int bytes) {
        return reserved + bytes <= limit;
    }

    boolean reserve(int bytes) {
        if (!has(bytes)) {
            return false;
        }
        reserved += bytes;
        return true;
    }

    void overdraw(int bytes) {
        reserved += bytes;
    }

    void release(int bytes) {
        reserved -= bytes;
    }

    long reserved() {
        return reserved;
    }

    long limit() {
        return limit;
    }
}
