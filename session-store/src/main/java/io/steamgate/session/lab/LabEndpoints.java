package io.steamgate.session.lab;

import io.steamgate.session.http.Exchange;
import io.steamgate.session.http.Representation;
import io.steamgate.session.http.Selection;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * What tests and demonstrations ask a site, under any path prefix.
 *
 * <ul>
 *   <li>{@code GET /whoami}: JSON with this node's name as host, the client's address and port, and the path
 *   <li>{@code GET /big/N}: N MiB of {@link Pattern}, with ranges
 *   <li>{@code POST /echo}: reads the body; JSON with this node's name, the body's length and its SHA-256
 * </ul>
 */
public final class LabEndpoints implements AutoCloseable {
    private static final java.util.regex.Pattern BIG = java.util.regex.Pattern.compile(".*/big/([0-9]{1,6})");

    private final String node;
    private final Selection selection;
    private final Pattern pattern;

    public LabEndpoints(String node, Selection selection) throws IOException {
        this.node = node;
        this.selection = selection;
        this.pattern = Pattern.create();
    }

    /** Answers if the request is for one of the endpoints; false if it is not. */
    public boolean answer(Exchange exchange, String path) {
        HttpMethod method = exchange.request().method();
        boolean get = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
        if (get && path.endsWith("/whoami")) {
            whoami(exchange, path);
            return true;
        }
        if (method.equals(HttpMethod.POST) && path.endsWith("/echo")) {
            echo(exchange);
            return true;
        }
        Matcher big = BIG.matcher(path);
        if (get && big.matches()) {
            int mebibytes = Integer.parseInt(big.group(1));
            selection.answer(
                    exchange,
                    Representation.of(
                            "\"big-" + mebibytes + "\"",
                            Instant.EPOCH,
                            "application/octet-stream",
                            Map.of(),
                            pattern.content((long) mebibytes << 20)));
            return true;
        }
        return false;
    }

    private void whoami(Exchange exchange, String path) {
        SocketAddress client = exchange.client();
        answer(
                exchange,
                new JsonObject()
                        .put("host", node)
                        .put("clientAddress", client.hostAddress())
                        .put("clientPort", client.port())
                        .put("path", path));
    }

    private void echo(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        MessageDigest digest = sha256();
        long[] length = {0};
        request.handler(bytes -> {
            length[0] += bytes.length();
            digest.update(bytes.getByteBuf().nioBuffer());
        });
        request.endHandler(_ -> answer(
                exchange,
                new JsonObject()
                        .put("host", node)
                        .put("length", length[0])
                        .put("sha256", HexFormat.of().formatHex(digest.digest()))));
        exchange.expectBody();
    }

    private static void answer(Exchange exchange, JsonObject json) {
        exchange.field("cache-control", "no-store");
        exchange.answer(200, "application/json", Buffer.buffer(json.encode() + "\n"));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public void close() throws IOException {
        pattern.close();
    }
}
