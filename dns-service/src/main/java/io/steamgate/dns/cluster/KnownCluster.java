package io.steamgate.dns.cluster;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A cluster that was heard of.
 *
 * @param id a label: letters, digits, hyphens
 * @param address where the world reaches it
 * @param verifiedAt when it last answered for itself; {@link Instant#EPOCH} if it never has
 * @param load from 0 (idle) to 1 (full)
 * @param distance round trip to it, as seen from here
 */
public record KnownCluster(String id, InetAddress address, Instant verifiedAt, double load, Duration distance) {
    private static final int MAX_ID = 40;

    public KnownCluster {
        if (!isId(id)) {
            throw new IllegalArgumentException("'" + id + "' is no cluster id: up to " + MAX_ID
                    + " letters, digits and hyphens, in lower case, no hyphen at an end");
        }
        load = load >= 0 && load <= 1 ? load : 1;
    }

    public static KnownCluster heardOf(String id, InetAddress address) {
        return new KnownCluster(id, address, Instant.EPOCH, 1, Duration.ofSeconds(10));
    }

    static boolean isId(String id) {
        return id.length() <= MAX_ID && id.matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
    }

    KnownCluster verified(Instant now, double newLoad, Duration roundTrip) {
        Duration smoothed = verifiedAt.equals(Instant.EPOCH)
                ? roundTrip
                : distance.multipliedBy(3).plus(roundTrip).dividedBy(4);
        return new KnownCluster(id, address, now, newLoad, smoothed);
    }

    KnownCluster at(Duration measured) {
        return new KnownCluster(id, address, verifiedAt, load, measured);
    }

    boolean isLive(Instant now, Duration silence) {
        return verifiedAt.plus(silence).isAfter(now);
    }

    /** Load in tenths: what differs by less is the same, or the order would never rest. */
    int loadTenths() {
        return (int) Math.round(load * 10);
    }

    /** As clusters tell each other. */
    String text(boolean self) {
        return String.format(
                Locale.ROOT, "id=%s address=%s load=%.1f%s", id, address.getHostAddress(), load, self ? " self" : "");
    }

    /** Reads what another cluster tells; empty if it is something else. */
    static Optional<Told> parse(String text) {
        String id = "";
        String address = "";
        double load = 1;
        boolean self = false;
        for (String word : text.split(" ")) {
            if (word.startsWith("id=")) {
                id = word.substring(3);
            } else if (word.startsWith("address=")) {
                address = word.substring(8);
            } else if (word.startsWith("load=")) {
                try {
                    load = Double.parseDouble(word.substring(5));
                } catch (NumberFormatException e) {
                    return Optional.empty();
                }
            } else if (word.equals("self")) {
                self = true;
            }
        }
        try {
            return isId(id) && !id.isEmpty()
                    ? Optional.of(new Told(id, InetAddress.ofLiteral(address), load, self))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** One line of another cluster's list. */
    record Told(String id, InetAddress address, double load, boolean self) {}
}
