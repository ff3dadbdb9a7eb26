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
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** One request and its response. Used on the connection's event loop only. */
public final class Exchange {
    private static final Logger LOG = Logger.getLogger(Exchange.class);

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final String site;
    private final DateField date;
    private @Nullable BodyWriter writer;
    private long bodyBytes;
    private boolean finished;
    private boolean bodyWanted;
    private boolean closing;

    /** @param site host name of the site, or a name that stands for all unknown ones */
    public Exchange(Vertx vertx, HttpServerRequest request, String site, DateField date) {
        this.vertx = vertx;
        this.request = request;
        this.site = site;
        this.date = date;
    }

    public Vertx vertx() {
        return vertx;
    }

    public HttpServerRequest request() {
        return request;
    }

    public String site() {
        return site;
    }

    public int status() {
        return response().getStatusCode();
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

    /** Runs the action once, when the response is complete ({@code true}) or the client is gone. */
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
            if (closing) {
                request.connection().close();
            }
            action.accept(complete);
        }
    }

    /** Sets a field of the response's head. */
    public Exchange field(String name, String value) {
        response().headers().set(name, value);
        return this;
    }

    /** Tells a client that waits for it to send the body (RFC 9110 §10.1.1). */
    public void expectBody() {
        bodyWanted = true;
        if ("100-continue".equalsIgnoreCase(request.getHeader("expect"))) {
            response().writeContinue();
        }
    }

    /** Answers with a status and a line of text that names it. */
    public void answer(int status) {
        response().setStatusCode(status);
        answer(
                status,
                "text/plain; charset=utf-8",
                Buffer.buffer(status + " " + response().getStatusMessage() + "\n"));
    }

    /** Answers with a status and closes the connection: where the next request would begin is not certain. */
    public void answerAndClose(int status) {
        closing = request.version() != HttpVersion.HTTP_2;
        answer(status);
    }

    /** Answers with a body; to HEAD with its length only. */
    public void answer(int status, String mediaType, Buffer body) {
        field("content-type", mediaType);
        end(status, body);
    }

    /** Answers with a body whose fields are set, or with a status that has none (RFC 9110 §6.4.1). */
    public void end(int status, Buffer body) {
        if (isGone()) {
            return;
        }
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

    /** Answers 500 to what is this service's own mistake. */
    public void failed(Throwable cause) {
        LOG.errorf(cause, "Request for %s failed", site);
        if (response().headWritten()) {
            response().reset();
        } else {
            answer(500);
        }
    }

    /** Answers HEAD for content of this length. */
    void endHead(int status, long length) {
        if (isGone()) {
            return;
        }
        head(status);
        field("content-length", Long.toString(length));
        response().end();
    }

    /** Answers with slices of a content, which it closes at the end. */
    void end(int status, long length, Content content, List<BodyWriter.Part> parts) {
        if (isGone()) {
            content.close();
            return;
        }
        head(status);
        field("content-length", Long.toString(length));
        writer = new BodyWriter(vertx, request, content, parts);
        writer.start();
    }

    private HttpServerResponse response() {
        return request.response();
    }

    /** The client left while a file was looked for. */
    private boolean isGone() {
        return finished || response().closed();
    }

    private void head(int status) {
        response().setStatusCode(status);
        field("date", date.now());
        if (closing || leavesBodyUnread()) {
            field("connection", "close");
            closing = true;
        }
    }

    /**
     * A client that waits for 100 (Continue) and gets a final status may or may not send the body: what follows on the
     * connection could be either.
     */
    private boolean leavesBodyUnread() {
        return !bodyWanted
                && request.version() != HttpVersion.HTTP_2
                && request.headers().contains("expect");
    }
}
