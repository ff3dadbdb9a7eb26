package io.steamgate.mail.destination;

import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * TLS towards servers.
 *
 * @param security whether it is used
 * @param context trust, and a certificate of our own if there is one
 * @param checked the server's certificate must be for its name
 */
public record OutboundTls(Security security, SSLContext context, boolean checked) {
    /** How TLS is meant. */
    public enum Security {
        OFF,
        /** Where the server offers it. */
        OPPORTUNISTIC,
        REQUIRED
    }

    /** The same without TLS. */
    OutboundTls none() {
        return new OutboundTls(Security.OFF, context, false);
    }

    SslHandler handler(Server server) {
        SSLEngine engine =
                context.createSSLEngine(server.name(), server.address().getPort());
        engine.setUseClientMode(true);
        if (checked) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
        }
        return new SslHandler(engine);
    }
}
