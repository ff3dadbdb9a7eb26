package io.steamgate.edge.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/**
 * Where the kernel answers SYNs, and by which cookies: {@code struct door} and {@code struct cookies} of
 * {@code src/main/bpf/splice.bpf.c}. Nothing of it outlives this process: the programs stop answering when they have not been
 * {@linkplain #alive told} for a while that it lives.
 *
 * <p>One thread's, the poll loop's; the programs run beside it on any processor.
 */
public final class SynAnswers {
    /** Most doors. */
    public static final int MOST = 1024;

    // struct door_key
    private static final int KEY_BYTES = 8;
    // struct door
    private static final int DOOR_BYTES = 8;
    // struct cookies
    private static final int COOKIES_BYTES = 64;
    private static final int C_COOKIE_KEY = 0;
    private static final int C_TIMESTAMP_KEY = 16;
    private static final int C_UNTIL = 32;
    private static final int C_ANSWERED = 40;
    private static final int C_TICK = 48;
    private static final int C_MILLIS = 52;
    private static final int C_CLAIM_KEY = 56;

    /** As many buckets of claims, a count each, as {@code CLAIM_BITS} says. */
    private static final int CLAIM_BITS = 17;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final ValueLayout.OfInt NETWORK_INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort NETWORK_SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    /**
     * What a SYN-ACK promises.
     *
     * @param mss bytes
     * @param window bytes, unscaled
     * @param windowScale the shift, 0 to 14
     */
    public record Door(int mss, int window, int windowScale) {}

    private final int doorMap;
    private final int claimMap;
    private final int cookieMap;
    private final MemorySegment claims;
    private final MemorySegment cookies;
    private final MemorySegment key;
    private final MemorySegment door;
    private final Bpf.Batch batch;

    /** @param descriptors takes those of the maps, to close them */
    SynAnswers(Arena arena, IntUnaryOperator descriptors) {
        doorMap = descriptors.applyAsInt(Bpf.createMap(Bpf.MapType.HASH, "sg_doors", KEY_BYTES, DOOR_BYTES, MOST, 0));
        claimMap = descriptors.applyAsInt(Bpf.createMap(
                Bpf.MapType.ARRAY, "sg_claims", Integer.BYTES, Long.BYTES, 1 << CLAIM_BITS, Bpf.MAPPABLE));
        cookieMap = descriptors.applyAsInt(
                Bpf.createMap(Bpf.MapType.ARRAY, "sg_cookies", Integer.BYTES, COOKIES_BYTES, 1, Bpf.MAPPABLE));
        claims = SpliceTable.mapped(arena, claimMap, (long) Long.BYTES << CLAIM_BITS);
        cookies = SpliceTable.mapped(arena, cookieMap, COOKIES_BYTES);
        key = arena.allocate(KEY_BYTES, Long.BYTES);
        door = arena.allocate(DOOR_BYTES, Long.BYTES);
        batch = Bpf.Batch.of(arena, doorMap, key, door);
    }

    /** Descriptors by the names that the programs know the maps by. */
    Map<String, Integer> maps() {
        return Map.of("doors", doorMap, "claims", claimMap, "cookies", cookieMap);
    }

    /**
     * The keys of SipHash by which a cookie is made, and the offset of a four-tuple's timestamps; and that by which claims are
     * found, to be told before the first.
     */
    public void keys(long cookie0, long cookie1, long timestamp0, long timestamp1, long claim) {
        cookies.set(ValueLayout.JAVA_LONG, C_COOKIE_KEY, cookie0);
        cookies.set(ValueLayout.JAVA_LONG, C_COOKIE_KEY + 8, cookie1);
        cookies.set(ValueLayout.JAVA_LONG, C_TIMESTAMP_KEY, timestamp0);
        cookies.set(ValueLayout.JAVA_LONG, C_TIMESTAMP_KEY + 8, timestamp1);
        cookies.set(ValueLayout.JAVA_LONG, C_CLAIM_KEY, claim);
    }

    /**
     * Says that this process lives.
     *
     * @param until when the kernel is to doubt it, in nanoseconds of its own clock
     * @param tick of the cookies made until it is told another
     * @param millis of the timestamps' clock
     */
    public void alive(long until, int tick, int millis) {
        cookies.set(ValueLayout.JAVA_INT, C_TICK, tick);
        cookies.set(ValueLayout.JAVA_INT, C_MILLIS, millis);
        LONG.setRelease(cookies, (long) C_UNTIL, until);
    }

    /** SYNs that were answered. */
    public long answered() {
        return (long) LONG.getAcquire(cookies, (long) C_ANSWERED);
    }

    /** Has SYNs answered. @return false when there is no room for one more door */
    public boolean open(int address, int port, Door promised) {
        key(address, port);
        door.set(ValueLayout.JAVA_SHORT, 0, (short) promised.mss);
        door.set(ValueLayout.JAVA_SHORT, 2, (short) promised.window);
        door.set(ValueLayout.JAVA_INT, 4, promised.windowScale);
        return batch.update(1) == 1;
    }

    public void close(int address, int port) {
        key(address, port);
        batch.delete(1);
    }

    private void key(int address, int port) {
        key.set(NETWORK_INT, 0, address);
        key.set(NETWORK_SHORT, 4, (short) port);
    }

    /**
     * Leaves SYNs of a four-tuple to the edge, until it is {@linkplain #release released} as often as it was claimed.
     *
     * @param ports the local one in the upper 16 bits
     */
    public void claim(int localAddress, int remoteAddress, int ports) {
        add(localAddress, remoteAddress, ports, 1);
    }

    public void release(int localAddress, int remoteAddress, int ports) {
        add(localAddress, remoteAddress, ports, -1);
    }

    private void add(int localAddress, int remoteAddress, int ports, int more) {
        // As claimed() of the program does.
        long claimKey = cookies.get(ValueLayout.JAVA_LONG, C_CLAIM_KEY);
        long hash = (((long) remoteAddress << 32 | ports & 0xFFFF_FFFFL) ^ claimKey) * 0x9E37_79B9_7F4A_7C15L
                ^ (localAddress & 0xFFFF_FFFFL) * 0xD6E8_FEB8_6659_FD93L;
        hash = (hash ^ hash >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        long at = (hash >>> 64 - CLAIM_BITS) * Long.BYTES;
        LONG.setRelease(claims, at, claims.get(ValueLayout.JAVA_LONG, at) + more);
    }
}
