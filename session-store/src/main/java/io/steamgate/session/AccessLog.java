package io.steamgate.session;

import io.steamgate.session.http.Exchange;
import io.vertx.core.http.HttpVersion;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** One line per request: client, site, request line, status, bytes of the body, time. */
final class AccessLog {
    private static final Logger LOG = Logger.getLogger("io.steamgate.session.access");
    private static final int MAX_URI = 256;

    void write(Exchange exchange, boolean complete, long micros) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        var request = exchange.request();
        var client = exchange.client();
        LOG.infof(
                "%s:%d %s \"%s %s %s\" %d%s %d %d.%03dms",
                client.hostAddress(),
                client.port(),
                exchange.site(),
                printable(request.method().name()),
                printable(request.uri()),
                version(request.version()),
                exchange.status(),
                complete ? "" : " (client gone)",
                exchange.bodyBytes(),
                micros / 1000,
                micros % 1000);
    }

    /** Vert.x has none for a version that it does not know. */
    private static String version(@Nullable HttpVersion version) {
        return version == null ? "http/?" : version.alpnName();
    }

    /** Client's text cut short and without anything that could forge a line or steer a terminal. */
    static String printable(String text) {
        int length = Math.min(text.length(), MAX_URI);
        StringBuilder safe = new StringBuilder(length + 3);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            safe.append(c > 0x20 && c < 0x7F && c != '"' && c != '\\' ? c : '?');
        }
        return length < text.length() ? safe.append("...").toString() : safe.toString();
    }
}
