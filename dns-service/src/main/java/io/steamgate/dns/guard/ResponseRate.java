package io.steamgate.dns.guard;

/**
 * Limits how many datagrams of one kind a network is sent in a second, so that forged queries cannot aim this server at
 * somebody. The table has a fixed size: networks that fall in one place share it until the other is silent. Used by one thread.
 */
public final class ResponseRate {
    /** Kinds of responses with a limit of their own each; a network that earns errors still gets answers. */
    public enum Kind {
        ANSWER,
        NO_DATA,
        NO_NAME,
        REFERRAL,
        ERROR
    }

    private static final int PLACES = 1 << 16;

    private final int perSecond;
    private final int slip;
    private final long seed;
    private final long[] networks = new long[PLACES];
    private final int[] seconds = new int[PLACES];
    private final int[] sent = new int[PLACES];
    private int limited;

    /** What to do with a response. */
    public enum Verdict {
        SEND,
        /** Send it empty and truncated: a real client comes back by TCP. */
        TRUNCATE,
        DROP
    }

    /**
     * @param perSecond responses of one kind to one network; 0: no limit
     * @param slip every how manieth limited response is sent truncated; 0: none
     * @param seed of the table
     */
    public ResponseRate(int perSecond, int slip, long seed) {
        this.perSecond = perSecond;
        this.slip = slip;
        this.seed = seed;
    }

    /** Accounts for a response to an address of 4 or 16 octets. */
    public Verdict check(byte[] address, Kind kind, long nowMillis) {
        if (perSecond == 0) {
            return Verdict.SEND;
        }
        long network = network(address) << 3 | kind.ordinal() + 1;
        int place = (int) (mix(network ^ seed) >>> 48);
        int second = (int) (nowMillis / 1000);
        if (networks[place] != network) {
            if (seconds[place] != second || sent[place] == 0) {
                networks[place] = network;
                seconds[place] = second;
                sent[place] = 1;
            }
            // Shared with somebody who is heard in the same second: not limited for the other's sake.
            return Verdict.SEND;
        }
        if (seconds[place] != second) {
            // Each second pays back a second's worth; however much was asked for, silence of two pays for all.
            int past = second - seconds[place];
            sent[place] =
                    past < 0 || past > 8 ? 0 : Math.max(0, Math.min(sent[place], 2 * perSecond) - past * perSecond);
            seconds[place] = second;
        }
        if (sent[place]++ < perSecond) {
            return Verdict.SEND;
        }
        return slip > 0 && ++limited % slip == 0 ? Verdict.TRUNCATE : Verdict.DROP;
    }

    /** The network an address stands for: its first 24 bits in IPv4, 56 in IPv6. */
    private static long network(byte[] address) {
        if (address.length == 4) {
            return 1L << 56 | (address[0] & 0xFFL) << 16 | (address[1] & 0xFFL) << 8 | address[2] & 0xFFL;
        }
        long network = 1;
        for (int i = 0; i < 7; i++) {
            network = network << 8 | address[i] & 0xFF;
        }
        return network;
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
