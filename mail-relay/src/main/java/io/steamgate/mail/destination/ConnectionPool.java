package io.steamgate.mail.destination;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Connections of one event loop that wait for another message: the last one used goes first. */
final class ConnectionPool implements Ticker.Ticking {
    private final Map<Server, Deque<SmtpConnection>> idle = new HashMap<>();
    /** Those that wait for the answer to RSET before. */
    private final Set<SmtpConnection> clearing = new LinkedHashSet<>();

    private final Duration patience;
    private final int perServer;
    private final int messages;

    ConnectionPool(Duration patience, int perServer, int messages) {
        this.patience = patience;
        this.perServer = perServer;
        this.messages = messages;
    }

    Optional<SmtpConnection> take(Server server) {
        Deque<SmtpConnection> waiting = idle.get(server);
        return waiting == null ? Optional.empty() : Optional.ofNullable(waiting.pollFirst());
    }

    /** Waits for a connection, which is put here when its server has answered. */
    void await(SmtpConnection connection) {
        clearing.add(connection);
    }

    void put(SmtpConnection connection) {
        clearing.remove(connection);
        Deque<SmtpConnection> waiting = idle.computeIfAbsent(connection.server(), _ -> new ArrayDeque<>());
        if (connection.messages() >= messages || waiting.size() >= perServer) {
            connection.quit();
        } else {
            waiting.addFirst(connection);
        }
    }

    void remove(SmtpConnection connection) {
        clearing.remove(connection);
        Deque<SmtpConnection> waiting = idle.get(connection.server());
        if (waiting != null) {
            waiting.remove(connection);
        }
    }

    @Override
    public void tick(long now) {
        List<SmtpConnection> old = new ArrayList<>();
        for (Deque<SmtpConnection> waiting : idle.values()) {
            while (!waiting.isEmpty() && now - waiting.peekLast().idleSince() > patience.toNanos()) {
                old.add(waiting.removeLast());
            }
        }
        idle.values().removeIf(Deque::isEmpty);
        old.forEach(SmtpConnection::quit);
        for (SmtpConnection connection : List.copyOf(clearing)) {
            if (now - connection.idleSince() > patience.toNanos()) {
                clearing.remove(connection);
                connection.reset();
            }
        }
    }

    void close() {
        idle.values().forEach(waiting -> List.copyOf(waiting).forEach(SmtpConnection::quit));
        idle.clear();
        clearing.forEach(SmtpConnection::reset);
        clearing.clear();
    }
}
