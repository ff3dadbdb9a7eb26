package io.steamgate.session.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request and its response. Used on the connection's event loop only. */
public final class Exchange {
    private final Vertx vertx;
    private final HttpServerRequest request;
    private final String site;
    private final long startedAt;
    private final DateField date;
    private @Nullable BodyWriter writer;
    private long bodyBytes;
    private boolean finished;
    private boolean continued;

    /**
     * @param site host name of the site, or a name that stands for all unknown ones
     * @param startedAt {@link System#nanoTime} at the end of the request's head
     */
    public Exchange(Vertx vertx, HttpServerRequest request, String site, long startedAt, DateField date) {
        this.vertx = vertx;
        this.request = request;
        this.site = site;
        this.startedAt = startedAt;
        this.date = date;
    }

    public Vertx vertx() {
        return vertx;
    }

    public HttpServerRequest request() {
        return request;
    }

    public HttpServerResponse response() {
        return request.response();
    }

    public String site() {
        return site;
    }

    public long startedAt() {
        return startedAt;
    }

    /** The client: what the edge says it is, else the peer of the connection. */
    public SocketAddress client() {
        return request.remoteAddress();
    }

    public boolean isHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    /** Bytes of the response's body given to the connection so far. */
    public long bodyBytes() {
        return writer == null ? bodyBytes : writer.sent();
    }

    /** Runs the action once, when the response is complete or the client is gone ({@code true} for complete). */
    public void whenFinished(Consumer<Boolean> action) {
        response().endHandler(_ -> finish(action, true));
        response().closeHandler(_ -> finish(action, false));
        response().exceptionHandler(_ -> finish(action, false));
    }

    private void finish(Consumer<Boolean> action, boolean complete) {
        if (!finished) {
            finished = true;
            if (writer != null) {
                writer.close();
            }
            action.accept(complete);
        }
    }

    /** Sets a field of the response's head. */
    public Exchange field(String name, String value) {
        response().headers().set(name, value);
        return this;
    }

    /** Answers with a status and a line of text that names it. */
    public void answer(int status) {
        response().setStatusCode(status);
        answer(
                status,
                "text/plain; charset=utf-8",
                Buffer.buffer(status + " " + response().getStatusMessage() + "\n"));
    }

    /** Answers with a body; to HEAD with its length only. */
    public void answer(int status, String mediaType, Buffer body) {
        field("content-type", mediaType);
        end(status, body);
    }

    /** Answers with a status that has no body (RFC 9110 §6.4.1), or with a body whose fields are set. */
    public void end(int status, Buffer body) {
        head(status);
        boolean bodiless = status == 204 || status == 304;
        if (!bodiless) {
            field("content-length", Integer.toString(body.length()));
        }
        if (bodiless || isHead()) {
            response().end();
        } else {
            bodyBytes = body.length();
            response().end(body);
        }
    }

    /** Answers with slices of a content, which it closes at the end. */
    void end(int status, long length, Content content, List<BodyWriter.Part> parts) {
        head(status);
        field("content-length", Long.toString(length));
        writer = new BodyWriter(vertx, request, content, parts);
        writer.start();
    }

    /** Answers HEAD for content of this length. */
    void endHead(int status, long length) {
        head(status);
        field("content-length", Long.toString(length));
        response().end();
    }

    private void head(int status) {
        response().setStatusCode(status);
        field("date", date.now());
        if (leavesBodyUnread()) {
            field("connection", "close");
        }
    }

    /**
     * A client that waits for 100 (Continue) and gets a final status may or may not send the body: what follows on the
     * connection could be either (RFC 9110 §10.1.1).
     */
    private boolean leavesBodyUnread() {
        return request.version() != HttpVersion.HTTP_2
                && !request.isEnded()
                && request.headers().contains("expect")
                && !continued;
    }

    /** Tells a client that waits for it to send the body. */
    public void expectBody() {
        continued = true;
        if ("100-continue".equalsIgnoreCase(request.getHeader("expect"))) {
            response().writeContinue();
        }
    }
}
