package io.steamgate.dns.serve;

import io.steamgate.dns.wire.Query;
import io.steamgate.dns.wire.Writer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jboss.logging.Logger;

/** One line for a query and its answer: client, transport, name, type, flags, code, octets. */
final class QueryLog {
    private static final Logger LOG = Logger.getLogger("io.steamgate.dns.queries");

    private QueryLog() {}

    static void write(Query query, Client client, Writer answer) {
        // A name is written so that no octet of it can forge a line.
        LOG.infof(
                "%s:%d %s %s %d %s%s%d %d",
                address(client),
                client.port(),
                client.transport(),
                query.name(),
                query.type(),
                query.recursionDesired() ? "rd " : "",
                query.dnssecOk() ? "do " : "",
                answer.flags() & 0xF,
                answer.position());
    }

    private static String address(Client client) {
        try {
            return InetAddress.getByAddress(client.address()).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + client.address().length + " octets", e);
        }
    }
}
