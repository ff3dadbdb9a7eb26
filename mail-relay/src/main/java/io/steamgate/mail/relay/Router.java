package io.steamgate.mail.relay;

import io.steamgate.mail.destination.Destination;
import io.steamgate.mail.route.RouteTable;
import io.steamgate.mail.smtp.Mailbox;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Recipients to destinations, by the table as it is now. */
public final class Router {
    /**
     * Where a recipient goes.
     *
     * @param open to every client
     */
    public record Way(Destination destination, boolean open) {}

    private final Supplier<RouteTable> table;
    private final Map<String, Destination> destinations;
    private final String hostname;

    /** @param hostname the domain of {@code <Postmaster>} */
    public Router(Supplier<RouteTable> table, Map<String, Destination> destinations, String hostname) {
        this.table = table;
        this.destinations = Map.copyOf(destinations);
        this.hostname = hostname;
    }

    Optional<Way> find(Mailbox recipient) {
        Mailbox whole = recipient.domain().isEmpty() ? new Mailbox(recipient.localPart(), hostname) : recipient;
        return table.get()
                .find(whole)
                .flatMap(route -> Optional.ofNullable(destinations.get(route.destination()))
                        .map(destination -> new Way(destination, route.open())));
    }
}
