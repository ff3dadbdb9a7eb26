package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Randomness;

/** SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash of short input that reveals nothing of its key. */
final class SipHash {
    final long k0;
    final long k1;

    SipHash(long k0, long k1) {
        this.k0 = k0;
        this.k1 = k1;
    }

    static SipHash keyed(Randomness randomness) {
        return new SipHash(randomness.nextLong(), randomness.nextLong());
    }

    /** The hash of 24 bytes: the three words in little-endian order. */
    long hash(long a, long b, long c) {
        long[] v = {
            k0 ^ 0x736f6d6570736575L, k1 ^ 0x646f72616e646f6dL, k0 ^ 0x6c7967656e657261L, k1 ^ 0x7465646279746573L
        };
        absorb(v, a);
        absorb(v, b);
        absorb(v, c);
        absorb(v, 24L << 56);
        v[2] ^= 0xFF;
        for (int i = 0; i < 4; i++) {
            round(v);
        }
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    }

    private static void absorb(long[] v, long word) {
        v[3] ^= word;
        round(v);
        round(v);
        v[0] ^= word;
    }

    private static void round(long[] v) {
        v[0] += v[1];
        v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
        v[0] = Long.rotateLeft(v[0], 32);
        v[2] += v[3];
        v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
        v[2] = Long.rotateLeft(v[2], 32);
    }
}
