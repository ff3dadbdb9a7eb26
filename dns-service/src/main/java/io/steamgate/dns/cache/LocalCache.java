package io.steamgate.dns.cache;

import io.steamgate.dns.wire.Query;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * This node's answers, bounded in number and bytes. A hash table of sets of eight places: an answer is in one of the eight
 * that its hash names, and a new one takes the place of the one that was not used for longest. Reading takes no lock.
 */
public final class LocalCache {
    private static final int WAYS = 8;

    private final int sets;
    private final long maxBytes;
    private final AtomicReferenceArray<@Nullable CachedAnswer> places;
    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder count = new LongAdder();
    private final LongAdder evicted = new LongAdder();
    private final AtomicInteger hand = new AtomicInteger();

    /**
     * @param entries answers that surely have a place, within the bytes
     * @param maxBytes bound on what they weigh together
     */
    public LocalCache(int entries, long maxBytes) {
        // Half as many again, since sets do not fill evenly.
        this.sets =
                Math.max(1, Integer.highestOneBit(Math.max(1, (int) Math.min(1 << 27, entries * 1.5) - 1)) * 2 / WAYS);
        this.places = new AtomicReferenceArray<>(sets * WAYS);
        this.maxBytes = maxBytes;
    }

    /** The answer to the query, fresh or not. */
    public @Nullable CachedAnswer find(Query query) {
        int hash = AnswerKey.hash(query);
        int first = (hash & sets - 1) * WAYS;
        for (int i = 0; i < WAYS; i++) {
            CachedAnswer answer = places.getAcquire(first + i);
            if (answer != null && answer.answers(query, hash)) {
                return answer;
            }
        }
        return null;
    }

    public @Nullable CachedAnswer find(AnswerKey key) {
        int hash = key.hash();
        int first = (hash & sets - 1) * WAYS;
        for (int i = 0; i < WAYS; i++) {
            CachedAnswer answer = places.getAcquire(first + i);
            if (answer != null && answer.hash() == hash && answer.key().equals(key)) {
                return answer;
            }
        }
        return null;
    }

    public void put(CachedAnswer answer, long now) {
        int first = (answer.hash() & sets - 1) * WAYS;
        while (true) {
            int place = place(first, answer, now);
            CachedAnswer before = places.getAcquire(place);
            if (places.compareAndSet(place, before, answer)) {
                account(answer, before);
                break;
            }
        }
        for (int turns = 0; bytes.get() > maxBytes && turns < sets; turns++) {
            sweep(now);
        }
    }

    private int place(int first, CachedAnswer answer, long now) {
        int best = first;
        long bestWorth = Long.MAX_VALUE;
        for (int i = 0; i < WAYS; i++) {
            CachedAnswer other = places.getAcquire(first + i);
            if (other != null && other.key().equals(answer.key())) {
                return first + i;
            }
            long worth = worth(other, now);
            if (worth < bestWorth) {
                bestWorth = worth;
                best = first + i;
            }
        }
        return best;
    }

    private static long worth(@Nullable CachedAnswer answer, long now) {
        if (answer == null) {
            return Long.MIN_VALUE;
        }
        return answer.staleUntil() <= now ? Long.MIN_VALUE + 1 : answer.usedAt();
    }

    /** Takes the least used answer of the next set away. */
    private void sweep(long now) {
        int first = (hand.getAndIncrement() & sets - 1) * WAYS;
        int worst = -1;
        long worstWorth = Long.MAX_VALUE;
        for (int i = 0; i < WAYS; i++) {
            CachedAnswer other = places.getAcquire(first + i);
            if (other != null && worth(other, now) < worstWorth) {
                worst = first + i;
                worstWorth = worth(other, now);
            }
        }
        if (worst >= 0) {
            CachedAnswer before = places.getAcquire(worst);
            if (before != null && places.compareAndSet(worst, before, null)) {
                account(null, before);
            }
        }
    }

    private void account(@Nullable CachedAnswer added, @Nullable CachedAnswer removed) {
        bytes.addAndGet((added == null ? 0 : added.weight()) - (removed == null ? 0 : removed.weight()));
        if (added != null && removed == null) {
            count.increment();
        }
        if (removed != null && (added == null || !added.key().equals(removed.key()))) {
            evicted.increment();
            if (added == null) {
                count.decrement();
            }
        }
    }

    public long entries() {
        return count.sum();
    }

    /** What the answers weigh together. */
    public long bytes() {
        return bytes.get();
    }

    /** Answers that had to make room for others. */
    public long evicted() {
        return evicted.sum();
    }

    public void clear() {
        for (int i = 0; i < places.length(); i++) {
            CachedAnswer before = places.getAndSet(i, null);
            if (before != null) {
                account(null, before);
            }
        }
    }
}
