package io.steamgate.edge.handoff;

import org.jspecify.annotations.Nullable;

/**
 * Splices by the packet they take: an open-addressing hash table with linear probing, one slot a direction. Look-ups
 * allocate nothing. Keys are hashed with a secret, so that nobody outside can choose colliding flows.
 */
final class FlowTable {
    private static final int INITIAL = 1024;

    private final long secret;
    private @Nullable Splice[] slots = new @Nullable Splice[INITIAL];
    private int size;

    FlowTable(long secret) {
        this.secret = secret;
    }

    int size() {
        return size;
    }

    int capacity() {
        return slots.length;
    }

    @Nullable
    Splice find(int source, int destination, int ports) {
        int mask = slots.length - 1;
        for (int i = hash(source, destination, ports) & mask; ; i = (i + 1) & mask) {
            Splice splice = slots[i];
            if (splice == null || splice.matches(source, destination, ports)) {
                return splice;
            }
        }
    }

    /** Adds a splice, or takes the place of the one with the same key, which is returned. */
    @Nullable
    Splice put(Splice splice) {
        if ((size + 1) * 2 > slots.length) {
            resize(slots.length * 2);
        }
        int mask = slots.length - 1;
        for (int i = slotOf(splice); ; i = (i + 1) & mask) {
            Splice there = slots[i];
            if (there == null) {
                slots[i] = splice;
                size++;
                return null;
            }
            if (there.matches(splice.source, splice.destination, splice.ports)) {
                slots[i] = splice;
                return there;
            }
        }
    }

    /** Removes this very splice; one that has been replaced is not there any more, and that is fine. */
    boolean remove(Splice splice) {
        int mask = slots.length - 1;
        int i = slotOf(splice);
        for (Splice there = slots[i]; there != splice; there = slots[i]) {
            if (there == null) {
                return false;
            }
            i = (i + 1) & mask;
        }
        // Close the gap by moving back whoever would not be found across it (Knuth 6.4, algorithm R).
        slots[i] = null;
        size--;
        for (int j = (i + 1) & mask; ; j = (j + 1) & mask) {
            Splice next = slots[j];
            if (next == null) {
                return true;
            }
            int wanted = slotOf(next);
            if (((j - wanted) & mask) >= ((j - i) & mask)) {
                slots[i] = next;
                slots[j] = null;
                i = j;
            }
        }
    }

    /** The splice in a slot, for sweeps and lists that walk the table piece by piece. */
    @Nullable
    Splice at(int slot) {
        return slots[slot];
    }

    private int slotOf(Splice splice) {
        return hash(splice.source, splice.destination, splice.ports) & (slots.length - 1);
    }

    private int hash(int source, int destination, int ports) {
        // Two rounds of multiply and fold: cheap, and every key bit reaches the low bits.
        long h = ((long) source << 32 | destination & 0xFFFF_FFFFL) ^ secret;
        h *= 0x9E37_79B9_7F4A_7C15L;
        h ^= h >>> 32;
        h += ports;
        h *= 0xD6E8_FEB8_6659_FD93L;
        return (int) (h ^ h >>> 32);
    }

    private void resize(int capacity) {
        @Nullable Splice[] old = slots;
        slots = new @Nullable Splice[capacity];
        int mask = capacity - 1;
        for (Splice splice : old) {
            if (splice != null) {
                int i = slotOf(splice);
                while (slots[i] != null) {
                    i = (i + 1) & mask;
                }
                slots[i] = splice;
            }
        }
    }
}
