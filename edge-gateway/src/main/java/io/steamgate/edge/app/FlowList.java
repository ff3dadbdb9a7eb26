package io.steamgate.edge.app;

import io.quarkus.vertx.http.ManagementInterface;
import io.steamgate.edge.handoff.FlowView;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@code GET /flows} on the management interface: the flow table as JSON, or as text for {@code Accept: text/plain} or
 * {@code ?format=text}. {@code ?limit=}, {@code ?client=}, {@code ?service=}, {@code ?state=} and {@code ?transport=} narrow it down.
 */
@ApplicationScoped
public class FlowList {
    private static final int DEFAULT_LIMIT = 1000;
    private static final int MOST = 100_000;

    private final Edge edge;

    FlowList(Edge edge) {
        this.edge = edge;
    }

    void register(@Observes ManagementInterface management) {
        management.router().get("/flows").blockingHandler(this::answer);
    }

    private void answer(RoutingContext request) {
        int limit;
        try {
            String asked = request.request().getParam("limit");
            limit = asked == null ? DEFAULT_LIMIT : Math.clamp(Integer.parseInt(asked), 0, MOST);
        } catch (NumberFormatException e) {
            request.response().setStatusCode(400).end("limit is not a number\n");
            return;
        }
        String client = request.request().getParam("client");
        String service = request.request().getParam("service");
        String state = request.request().getParam("state");
        String transport = request.request().getParam("transport");
        FlowSummary summary;
        try {
            summary = edge.flows(
                            limit,
                            flow -> (client == null || flow.client().startsWith(client + ":"))
                                    && (service == null || flow.service().equals(service))
                                    && (state == null || flow.state().equals(state))
                                    && (transport == null || flow.transport().equals(transport)))
                    .get(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
            request.response().setStatusCode(503).end("the poll loop does not answer\n");
            return;
        }
        String accept = request.request().getHeader("Accept");
        boolean text = "text".equals(request.request().getParam("format"))
                || accept != null && accept.toLowerCase(Locale.ROOT).startsWith("text/plain");
        if (text) {
            request.response()
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .end(text(summary));
        } else {
            request.response()
                    .putHeader("Content-Type", "application/json")
                    .end(json(summary).encode());
        }
    }

    private static JsonObject json(FlowSummary summary) {
        JsonArray flows = new JsonArray();
        for (FlowView flow : summary.flows()) {
            JsonObject one = new JsonObject()
                    .put("id", flow.id())
                    .put("transport", flow.transport())
                    .put("state", flow.state())
                    .put("listener", flow.listener())
                    .put("service", flow.service());
            flow.host().ifPresent(host -> one.put("host", host));
            flows.add(one.put("client", flow.client())
                    .put("vip", flow.vip())
                    .put("local", flow.local())
                    .put("endpoint", flow.endpoint())
                    .put("ageSeconds", flow.ageSeconds())
                    .put("idleSeconds", flow.idleSeconds())
                    .put("followed", flow.followed())
                    .put("toEndpoint", count(flow.packetsToEndpoint(), flow.bytesToEndpoint()))
                    .put("toClient", count(flow.packetsToClient(), flow.bytesToClient())));
        }
        return new JsonObject()
                .put("open", summary.open())
                .put("lingering", summary.lingering())
                .put("following", summary.following())
                .put("datagrams", summary.datagrams())
                .put("flows", flows);
    }

    private static JsonObject count(long packets, long bytes) {
        return new JsonObject().put("packets", packets).put("bytes", bytes);
    }

    private static String text(FlowSummary summary) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%d open, %d lingering, %d being followed, %d of datagrams%n",
                summary.open(),
                summary.lingering(),
                summary.following(),
                summary.datagrams()));
        List<FlowView> flows = summary.flows();
        if (!flows.isEmpty()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-5s %-7s %-22s %-22s %-32s %9s %9s %14s %14s%n",
                    "PROTO",
                    "STATE",
                    "CLIENT",
                    "VIP",
                    "SERVICE/ENDPOINT",
                    "AGE s",
                    "IDLE s",
                    "TO ENDPOINT B",
                    "TO CLIENT B"));
        }
        for (FlowView flow : flows) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-5s %-7s %-22s %-22s %-32s %9.1f %9.1f %14d %14d%s%n",
                    flow.transport(),
                    flow.state(),
                    flow.client(),
                    flow.vip(),
                    flow.service() + "/" + flow.endpoint(),
                    flow.ageSeconds(),
                    flow.idleSeconds(),
                    flow.bytesToEndpoint(),
                    flow.bytesToClient(),
                    flow.followed() ? "  followed" : ""));
        }
        return text.toString();
    }
}
