package io.steamgate.edge.link;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a process leaves for the one after it about each splice; no program reads it. */
public final class SpliceOrigins {
    private static final int ORIGIN = 64;
    private static final int O_PARTNER = 0;
    private static final int O_TO_CLIENT = 4;
    private static final int O_FLOW = 8;
    private static final int O_STARTED = 16;
    private static final int O_LISTENER = 24;
    private static final int O_SERVICE = 28;
    private static final int O_HOST = 32;
    private static final int HOST_BYTES = ORIGIN - O_HOST;

    static final int BYTES_EACH = ORIGIN;

    /**
     * What is to be known of a flow when only the kernel still has it.
     *
     * @param partner the splice of the other direction
     * @param startedAt by the machine's monotonic clock, in nanoseconds
     * @param listener,service hashes of their names
     * @param host as much of it as there was room for; empty without
     */
    public record Origin(
            int partner, boolean toClient, long flow, long startedAt, int listener, int service, String host) {}

    private final MemorySegment origins;

    SpliceOrigins(MemorySegment origins) {
        this.origins = origins;
    }

    /** Remembers what is to be known of a splice's flow. */
    public void write(int number, Origin origin) {
        long at = (long) number * ORIGIN;
        origins.set(ValueLayout.JAVA_INT, at + O_PARTNER, origin.partner);
        origins.set(ValueLayout.JAVA_INT, at + O_TO_CLIENT, origin.toClient ? 1 : 0);
        origins.set(ValueLayout.JAVA_LONG, at + O_FLOW, origin.flow);
        origins.set(ValueLayout.JAVA_LONG, at + O_STARTED, origin.startedAt);
        origins.set(ValueLayout.JAVA_INT, at + O_LISTENER, origin.listener);
        origins.set(ValueLayout.JAVA_INT, at + O_SERVICE, origin.service);
        int length = Math.min(origin.host.length(), HOST_BYTES - 1);
        for (int i = 0; i < length; i++) {
            origins.set(ValueLayout.JAVA_BYTE, at + O_HOST + i, (byte) origin.host.charAt(i));
        }
        origins.set(ValueLayout.JAVA_BYTE, at + O_HOST + length, (byte) 0);
    }

    /** What the process that made a splice has remembered of it. */
    public Origin read(int number) {
        long at = (long) number * ORIGIN;
        return new Origin(
                origins.get(ValueLayout.JAVA_INT, at + O_PARTNER),
                origins.get(ValueLayout.JAVA_INT, at + O_TO_CLIENT) != 0,
                origins.get(ValueLayout.JAVA_LONG, at + O_FLOW),
                origins.get(ValueLayout.JAVA_LONG, at + O_STARTED),
                origins.get(ValueLayout.JAVA_INT, at + O_LISTENER),
                origins.get(ValueLayout.JAVA_INT, at + O_SERVICE),
                origins.getString(at + O_HOST));
    }
}
