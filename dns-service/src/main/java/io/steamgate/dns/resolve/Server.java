package io.steamgate.dns.resolve;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * A server to ask.
 *
 * @param stream whether it is asked by stream alone
 * @param tlsName name that its certificate must have; empty: asked without TLS
 */
public record Server(InetSocketAddress address, boolean stream, Optional<String> tlsName) {
    static final int PORT = 53;
    static final int TLS_PORT = 853;

    public boolean tls() {
        return tlsName.isPresent();
    }

    /**
     * Parses {@code 192.0.2.1}, {@code 192.0.2.1:5353}, {@code [2001:db8::1]:53}, for TCP alone {@code tcp://192.0.2.1}, or for DNS over
     * TLS (RFC 7858) {@code tls://192.0.2.1:853#dns.example}.
     *
     * @throws IllegalArgumentException naming the text that is no server
     */
    public static Server parse(String text) {
        String rest = text.strip();
        boolean tls = rest.startsWith("tls://");
        boolean tcp = rest.startsWith("tcp://");
        if (tls || tcp) {
            rest = rest.substring("tls://".length());
        }
        int hash = rest.indexOf('#');
        String name = hash < 0 ? "" : rest.substring(hash + 1);
        rest = hash < 0 ? rest : rest.substring(0, hash);
        if (tls == name.isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + text
                            + "' is no server: 192.0.2.1:53, tcp://192.0.2.1:53, or with the name on its certificate tls://192.0.2.1:853#dns.example");
        }
        return new Server(
                address(text, rest, tls ? TLS_PORT : PORT),
                tls || tcp,
                name.isEmpty() ? Optional.empty() : Optional.of(name));
    }

    /** Parses an address with or without a port. */
    public static InetSocketAddress address(String text, String literal, int defaultPort) {
        int bracket = literal.indexOf(']');
        int colon = bracket >= 0 ? literal.indexOf(':', bracket) : literal.indexOf(':');
        boolean bareIpv6 = bracket < 0 && colon >= 0 && literal.indexOf(':', colon + 1) >= 0;
        try {
            String host = colon < 0 || bareIpv6 ? literal : literal.substring(0, colon);
            int port = colon < 0 || bareIpv6 ? defaultPort : Integer.parseInt(literal.substring(colon + 1));
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            return new InetSocketAddress(InetAddress.ofLiteral(host), port);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' is no address like 192.0.2.1:53 or [2001:db8::1]:53", e);
        }
    }

    @Override
    public String toString() {
        String at = address.getAddress().getHostAddress();
        return (tls() ? "tls://" : stream ? "tcp://" : "") + (at.contains(":") ? "[" + at + "]" : at) + ":"
                + address.getPort() + tlsName.map(name -> "#" + name).orElse("");
    }
}
