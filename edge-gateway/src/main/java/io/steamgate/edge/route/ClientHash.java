package io.steamgate.edge.route;

/**
 * Weighted rendezvous hashing: every endpoint gets a number from the client's address and its own, and the best one wins.
 * When an endpoint goes, all others keep their numbers, so only its clients move; when one comes, it takes its share and
 * moves nothing else. The numbers depend on addresses alone: every edge node, and every process after a restart, agrees.
 */
final class ClientHash {
    private ClientHash() {}

    static long seed(Endpoint endpoint) {
        return mix((long) endpoint.address().bits() << 16 | endpoint.port());
    }

    /** The smallest score wins: an exponential variable with rate {@code weight}, so each wins in proportion to its own. */
    static double score(int client, long seed, int weight) {
        long hash = mix(seed + (client & 0xFFFF_FFFFL) * 0x9E37_79B9_7F4A_7C15L);
        double uniform = ((hash >>> 11) + 0.5) * 0x1.0p-53;
        return -Math.log(uniform) / weight;
    }

    /** Stafford's variant 13 of the 64-bit finalizer of MurmurHash3, as in {@link java.util.SplittableRandom}. */
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }
}
