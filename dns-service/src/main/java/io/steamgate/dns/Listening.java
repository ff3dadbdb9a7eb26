package io.steamgate.dns;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.dns.resolve.Server;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Which addresses to listen at. */
final class Listening {
    private Listening() {}

    /**
     * The addresses that are configured, a wildcard replaced by every address of its family: an answer must leave from the address
     * that was asked, and a socket of one address always does that.
     */
    static List<InetSocketAddress> addresses(String key, List<String> configured, int defaultPort) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String text : configured) {
            InetSocketAddress address;
            try {
                address = Server.address(text, text.strip(), defaultPort);
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException(key + ": " + e.getMessage());
            }
            if (address.getAddress().isAnyLocalAddress()) {
                for (InetAddress own : own(address.getAddress())) {
                    addresses.add(new InetSocketAddress(own, address.getPort()));
                }
            } else {
                addresses.add(address);
            }
        }
        return addresses;
    }

    private static List<InetAddress> own(InetAddress wildcard) {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> address.getClass() == wildcard.getClass())
                    .filter(address -> !address.isLinkLocalAddress())
                    .toList();
        } catch (SocketException e) {
            return Collections.singletonList(wildcard);
        }
    }
}
