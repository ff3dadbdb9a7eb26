package io.steamgate.mail.destination;

import java.net.InetSocketAddress;

/**
 * A server that a message may go to.
 *
 * @param name for certificates and the log
 * @param address resolved, or by name
 */
public record Server(String name, InetSocketAddress address) {
    @Override
    public String toString() {
        return name + ":" + address.getPort();
    }
}
