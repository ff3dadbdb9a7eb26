package io.steamgate.mail.relay;

import io.steamgate.mail.session.Limits;
import io.steamgate.mail.session.Terms;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * One port that clients connect to.
 *
 * @param terms what clients are offered; XCLIENT is added for trusted ones
 * @param tls certificates, read anew for each connection; empty for no TLS
 * @param implicitTls TLS from the first byte (RFC 8314)
 * @param command time for the next command to be whole (RFC 5321 §4.5.3.2.7), and for a block of content that comes in chunks
 * @param block time for the next block of content (§4.5.3.2.5)
 * @param blockOctets octets of such a block
 */
public record ListenerSettings(
        String name,
        InetSocketAddress address,
        Terms terms,
        Limits limits,
        Optional<Supplier<SSLContext>> tls,
        boolean implicitTls,
        Duration command,
        Duration block,
        int blockOctets) {}
