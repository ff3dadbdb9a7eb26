package io.steamgate.edge.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * Counters told apart by a label, each made when it is first counted. One thread counts; any may read. Labels come from
 * code or from the operator's files, never from the network, so that there are few.
 */
public final class CounterFamily {
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();
    private final List<BiConsumer<String, Counter>> watchers = new CopyOnWriteArrayList<>();

    public Counter of(String label) {
        Counter counter = counters.get(label);
        if (counter == null) {
            counter = new Counter();
            counters.put(label, counter);
            for (BiConsumer<String, Counter> watcher : watchers) {
                watcher.accept(label, counter);
            }
        }
        return counter;
    }

    /** Tells of every counter there is and of each new one; called on the counting thread, or before it starts. */
    public void watch(BiConsumer<String, Counter> watcher) {
        watchers.add(watcher);
        new ArrayList<>(counters.entrySet()).forEach(entry -> watcher.accept(entry.getKey(), entry.getValue()));
    }

    public long total() {
        return counters.values().stream().mapToLong(Counter::get).sum();
    }
}
