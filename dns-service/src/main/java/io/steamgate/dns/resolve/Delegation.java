package io.steamgate.dns.resolve;

import io.steamgate.dns.wire.Names;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Who serves a zone, as its parent says.
 *
 * @param zone in lower case
 * @param servers their names
 * @param addresses those that are known of them
 * @param until milliseconds of the clock
 */
record Delegation(byte[] zone, List<byte[]> servers, List<InetAddress> addresses, long until) {
    Delegation with(List<InetAddress> more) {
        List<InetAddress> all = new ArrayList<>(addresses);
        more.stream().filter(address -> !all.contains(address)).forEach(all::add);
        return new Delegation(zone, servers, List.copyOf(all), until);
    }

    int labels() {
        return Names.labels(zone);
    }

    @Override
    public String toString() {
        return Names.text(zone);
    }
}
