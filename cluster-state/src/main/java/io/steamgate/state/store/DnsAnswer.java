package io.steamgate.state.store;

import java.time.Instant;

/**
 * @param message in wire format (RFC 1035 section 4); its id means nothing
 * @param storedAt from when its times to live count
 * @param expires when the first of its times to live ends
 * @param negative NXDOMAIN or NODATA (RFC 2308)
 * @param serveStaleUntil until when it may be served although it has expired, when there is no other (RFC 8767); not before {@code expires}
 */
public record DnsAnswer(Blob message, Instant storedAt, Instant expires, boolean negative, Instant serveStaleUntil) {
    public DnsAnswer {
        if (serveStaleUntil.isBefore(expires)) {
            serveStaleUntil = expires;
        }
    }
}
