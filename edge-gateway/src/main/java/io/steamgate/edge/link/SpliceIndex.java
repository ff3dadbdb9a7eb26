package io.steamgate.edge.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The splices of one transport: which of its numbers are taken, and the kernel's map by which packets find them. That packets
 * find a splice is told the kernel by a system call, a whole turn's changes at once.
 *
 * <p>One thread's, the poll loop's.
 */
public final class SpliceIndex {
    private static final int MOST_IN_BATCH = 1024;
    private static final int KEY_BYTES = SpliceMemory.KEY_BYTES;

    private enum State {
        FREE,
        /** Its number is taken, no packet finds it yet. */
        WRITTEN,
        /** Packets will find it from the next {@link #flush} on. */
        ENTERING,
        FOUND,
        /** Packets find it no more from the next flush on; its number is free then. */
        LEAVING,
        /** No packet ever found it; its number is free from the next flush on. */
        DROPPED
    }

    private final SpliceMemory splices;
    private final int first;
    private final int capacity;
    private final MemorySegment keys;
    private final MemorySegment numbers;
    private final Bpf.Batch batch;

    /** By number less {@link #first}, as {@link #free}. */
    private final State[] states;

    private final int[] free;
    private int freeCount;
    private final IntQueue entering = new IntQueue();
    private final IntQueue leaving = new IntQueue();
    private long refused;

    /**
     * @param map descriptor of the kernel's map
     * @param first the lowest of its numbers
     * @param filled whether another process may have left splices in the map
     */
    SpliceIndex(Arena arena, SpliceMemory splices, int map, int first, int capacity, boolean filled) {
        this.splices = splices;
        this.first = first;
        this.capacity = capacity;
        keys = arena.allocate((long) MOST_IN_BATCH * KEY_BYTES, Long.BYTES);
        numbers = arena.allocate((long) MOST_IN_BATCH * Integer.BYTES, Long.BYTES);
        batch = Bpf.Batch.of(arena, map, keys, numbers);
        states = new State[capacity];
        free = new int[capacity];
        Arrays.fill(states, State.FREE);
        if (filled) {
            Bpf.forEach(map, KEY_BYTES, Integer.BYTES, this::found);
        }
        for (int i = capacity - 1; i >= 0; i--) {
            if (states[i] == State.FREE) {
                free[freeCount++] = i;
            }
        }
    }

    private void found(MemorySegment key, MemorySegment value) {
        int number = value.get(ValueLayout.JAVA_INT, 0);
        if (has(number) && splices.key(number).mismatch(key) < 0) {
            states[number - first] = State.FOUND;
        }
    }

    /** Whether it is a number of this transport. */
    public boolean has(int number) {
        return number >= first && number - first < capacity;
    }

    /** Splices that there is room for. */
    public int capacity() {
        return capacity;
    }

    /** Splices whose numbers are taken. */
    public int used() {
        return capacity - freeCount;
    }

    /** Splices that the kernel did not take. */
    public long refused() {
        return refused;
    }

    /** A number for one more splice; -1 when all are taken. */
    public int take() {
        if (freeCount == 0) {
            return -1;
        }
        int at = free[--freeCount];
        states[at] = State.WRITTEN;
        splices.clear(first + at);
        return first + at;
    }

    /** Lets packets find a written splice, from the next {@link #flush} on. */
    public void enter(int number) {
        states[number - first] = State.ENTERING;
        entering.add(number);
    }

    /** Whether packets find it, now or from the next {@link #flush} on. */
    public boolean entered(int number) {
        State state = states[number - first];
        return state == State.FOUND || state == State.ENTERING;
    }

    /** Whether its number is taken. */
    boolean taken(int number) {
        return states[number - first] != State.FREE;
    }

    /** Takes a splice away: packets are the edge's at once, and from the next {@link #flush} on its number is free. */
    public void leave(int number) {
        if (states[number - first] == State.FOUND) {
            splices.follow(number, SpliceRules.ALL_TO_EDGE, 0);
            states[number - first] = State.LEAVING;
        } else {
            states[number - first] = State.DROPPED;
        }
        leaving.add(number);
    }

    /** Tells the kernel what was {@linkplain #enter entered} and {@linkplain #leave left} since the last time. */
    public void flush() {
        if (leaving.isEmpty() && entering.isEmpty()) {
            return;
        }
        // First: the key of one that leaves may be that of one that enters.
        int count = 0;
        for (int i = 0; i < leaving.size(); i++) {
            int number = leaving.get(i);
            if (states[number - first] == State.LEAVING) {
                count = batched(number, count);
                if (count == MOST_IN_BATCH) {
                    delete(count);
                    count = 0;
                }
            }
            states[number - first] = State.FREE;
            free[freeCount++] = number - first;
        }
        delete(count);
        leaving.clear();
        count = 0;
        for (int i = 0; i < entering.size(); i++) {
            int number = entering.get(i);
            if (states[number - first] == State.ENTERING) {
                states[number - first] = State.FOUND;
                count = batched(number, count);
                if (count == MOST_IN_BATCH) {
                    update(count);
                    count = 0;
                }
            }
        }
        update(count);
        entering.clear();
    }

    private int batched(int number, int count) {
        MemorySegment.copy(splices.key(number), 0, keys, (long) count * KEY_BYTES, KEY_BYTES);
        numbers.setAtIndex(ValueLayout.JAVA_INT, count, number);
        return count + 1;
    }

    private void delete(int count) {
        int left = count;
        while (left > 0) {
            // One that is not there stops the batch: another flow of the same ports may have taken its place.
            int done = Math.min(left, batch.delete(left) + 1);
            left -= done;
            MemorySegment.copy(keys, (long) done * KEY_BYTES, keys, 0, (long) left * KEY_BYTES);
        }
    }

    private void update(int count) {
        int left = count;
        while (left > 0) {
            int done = batch.update(left);
            if (done < left) {
                // There is room for every number, so this is the kernel's trouble: the packets stay the edge's.
                refused++;
                done++;
            }
            left -= done;
            MemorySegment.copy(keys, (long) done * KEY_BYTES, keys, 0, (long) left * KEY_BYTES);
            MemorySegment.copy(numbers, (long) done * Integer.BYTES, numbers, 0, (long) left * Integer.BYTES);
        }
    }

    /** Calls {@code each} with every splice that packets find. */
    public void forEach(IntConsumer each) {
        for (int i = 0; i < capacity; i++) {
            if (states[i] == State.FOUND) {
                each.accept(first + i);
            }
        }
    }

    /** Numbers in the order they were added; grows, and never shrinks. */
    private static final class IntQueue {
        private int[] values = new int[64];
        private int size;

        void add(int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = value;
        }

        int get(int i) {
            return values[i];
        }

        int size() {
            return size;
        }

        boolean isEmpty() {
            return size == 0;
        }

        void clear() {
            size = 0;
        }
    }
}
