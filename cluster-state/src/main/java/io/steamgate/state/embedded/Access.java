package io.steamgate.state.embedded;

import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * How an embedded server is reached.
 *
 * @param tls what it is spoken to by, if not in the clear; with a key of its own
 * @param user whom it lets in, by {@code SCRAM-SHA-512}; without one whoever can reach it, which is why it then takes an
 *     address of the loopback interface only
 */
public record Access(Optional<SSLContext> tls, Optional<User> user) {
    public static final Access OPEN = new Access(Optional.empty(), Optional.empty());

    public record User(String name, String password) {
        @Override
        public String toString() {
            return name;
        }
    }
}
