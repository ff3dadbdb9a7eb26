package io.steamgate.dns;

import io.quarkus.vertx.http.ManagementInterface;
import io.steamgate.dns.cluster.Clusters;
import io.steamgate.dns.cluster.KnownCluster;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** {@code GET /clusters} of the management port: the clusters that are listed, in the order that clients see. */
@Singleton
public class ClusterRoute {
    private final DnsService service;

    @Inject
    ClusterRoute(DnsService service) {
        this.service = service;
    }

    void route(@Observes ManagementInterface management) {
        management.router().get("/clusters").handler(context -> {
            JsonObject body =
                    service.server().clusters().map(ClusterRoute::body).orElseGet(JsonObject::new);
            context.response().putHeader("content-type", "application/json").end(body.encodePrettily() + "\n");
        });
    }

    private static JsonObject body(Clusters clusters) {
        JsonArray live = new JsonArray();
        for (KnownCluster cluster : clusters.live()) {
            live.add(new JsonObject()
                    .put("id", cluster.id())
                    .put("address", cluster.address().getHostAddress())
                    .put("load", cluster.load())
                    .put("roundTripMillis", cluster.distance().toMillis())
                    .put("verifiedAt", cluster.verifiedAt().toString())
                    .put("self", cluster.id().equals(clusters.id())));
        }
        return new JsonObject()
                .put(
                        "publicAddress",
                        clusters.publicAddress().map(a -> a.getHostAddress()).orElse(null))
                .put("live", live);
    }
}
