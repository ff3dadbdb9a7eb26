package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Pieces of pages, and which of them a page uses; both are kept near. */
public final class Pieces {
    private static final Lifespan LONGEST = Lifespan.of(Duration.ofDays(30));

    private final Cache<String, Piece> pieces;
    private final Cache<String, Page> pages;
    private final InstantSource clock;

    public Pieces(Cache<String, Piece> pieces, Cache<String, Page> pages, InstantSource clock) {
        this.pieces = pieces;
        this.pages = pages;
        this.clock = clock;
    }

    /** A piece; one whose validity has ended is absent. */
    public CompletableFuture<Reply<Piece>> get(String key) {
        return pieces.get(key)
                .thenApply(reply -> reply.found()
                        .filter(piece -> !piece.validity().holds(clock.instant()))
                        .<Reply<Piece>>map(outdated -> new Reply.Absent<>())
                        .orElse(reply));
    }

    /** Those of the keys that are there and valid; asked for at once, so that it takes as long as the slowest. */
    public CompletableFuture<Map<String, Piece>> get(Set<String> keys) {
        Map<String, CompletableFuture<Reply<Piece>>> asked =
                keys.stream().collect(Collectors.toMap(key -> key, this::get));
        return CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
                .thenApply(done -> asked.entrySet().stream()
                        .flatMap(entry ->
                                entry.getValue().join().found().stream().map(piece -> Map.entry(entry.getKey(), piece)))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    /** Keeps a piece while it is valid, and at most 30 days. */
    public CompletableFuture<Ack> put(String key, Piece piece) {
        Instant now = clock.instant();
        if (!piece.validity().holds(now)) {
            return pieces.remove(key);
        }
        return pieces.put(
                key,
                piece,
                piece.validity() instanceof Validity.Until(Instant end)
                        ? Lifespan.of(Duration.between(now, end))
                        : LONGEST);
    }

    /** Makes a piece invalid everywhere. */
    public CompletableFuture<Ack> remove(String key) {
        return pieces.remove(key);
    }

    /** The keys that a page used when it was last made. */
    public CompletableFuture<Reply<Page>> page(String page) {
        return pages.get(page);
    }

    /** Remembers which keys a page uses. */
    public CompletableFuture<Ack> putPage(String page, Page keys) {
        return pages.put(page, keys, LONGEST);
    }
}
