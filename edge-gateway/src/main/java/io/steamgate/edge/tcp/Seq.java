package io.steamgate.edge.tcp;

/** Sequence number arithmetic modulo 2^32 (RFC 9293 section 3.4): right while the two are less than 2^31 apart. */
final class Seq {
    private Seq() {}

    static boolean before(int a, int b) {
        return a - b < 0;
    }

    static boolean after(int a, int b) {
        return a - b > 0;
    }

    static boolean atMost(int a, int b) {
        return a - b <= 0;
    }

    static int max(int a, int b) {
        return a - b >= 0 ? a : b;
    }

    static int min(int a, int b) {
        return a - b <= 0 ? a : b;
    }
}
