package io.steamgate.state.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Where a user of SIP is: the contacts bound to an address of record (RFC 3261 section 10). */
public record Bindings(List<Contact> contacts) {
    public Bindings {
        contacts = List.copyOf(contacts);
    }

    /**
     * @param uri as it is compared (RFC 3261 section 19.1.4)
     * @param expires when the binding ends
     * @param priority the q parameter in thousandths, 0 to 1000
     * @param callId and {@code cseq} of the REGISTER that made it (RFC 3261 section 10.3, step 7)
     * @param instance +sip.instance (RFC 5626)
     * @param path the route back to it, first hop first (RFC 3327)
     */
    public record Contact(
            String uri,
            Instant expires,
            int priority,
            String callId,
            long cseq,
            Optional<String> instance,
            List<String> path) {
        public Contact {
            if (priority < 0 || priority > 1000) {
                throw new IllegalArgumentException("a priority is from 0 to 1000, not " + priority);
            }
            path = List.copyOf(path);
        }
    }
}
