package io.steamgate.session.site;

import io.steamgate.session.http.MemoryContent;
import io.steamgate.session.http.Representation;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Small files in memory, least recently used out first. Shared by all event loops. */
final class SmallFiles {
    /** What an entry costs beside the file: key, fields and the map's own. */
    private static final int OVERHEAD = 1024;

    private final long maxBytes;
    private final long believedNanos;
    private final Map<Key, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    record Key(String site, String rawPath, AcceptedCodings accepted) {}

    private record Entry(Representation representation, int size, long readAt) {}

    /** @param believed how long an entry is served before the file is looked at again */
    SmallFiles(long maxBytes, Duration believed) {
        this.maxBytes = maxBytes;
        this.believedNanos = believed.toNanos();
    }

    /** @param now {@link System#nanoTime} or a test's */
    synchronized Optional<Representation> find(Key key, long now) {
        Entry entry = entries.get(key);
        return entry != null && now - entry.readAt < believedNanos
                ? Optional.of(entry.representation)
                : Optional.empty();
    }

    /**
     * Keeps a representation if it is in memory anyway.
     *
     * @param readAt the time before its file was looked at
     */
    synchronized void keep(Key key, Representation representation, long readAt) {
        if (!(representation.content() instanceof MemoryContent(byte[] content)) || believedNanos == 0) {
            return;
        }
        int size = content.length + 2 * key.rawPath().length() + OVERHEAD;
        Entry replaced = entries.put(key, new Entry(representation, size, readAt));
        bytes += size - (replaced == null ? 0 : replaced.size);
        var eldest = entries.entrySet().iterator();
        while (bytes > maxBytes && eldest.hasNext()) {
            bytes -= eldest.next().getValue().size;
            eldest.remove();
        }
    }
}
