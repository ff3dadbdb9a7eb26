package io.steamgate.session;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.HttpServer;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.steamgate.session.edge.AddressBlocks;
import io.steamgate.session.edge.EdgeCounters;
import io.steamgate.session.edge.EdgeListener;
import io.steamgate.session.http.DateField;
import io.steamgate.session.http.Exchange;
import io.steamgate.session.http.Selection;
import io.steamgate.session.lab.LabEndpoints;
import io.steamgate.session.site.FileFinder;
import io.steamgate.session.site.SiteFiles;
import io.steamgate.session.site.SiteName;
import io.steamgate.session.site.Sites;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.impl.VertxInternal;
import io.vertx.ext.web.Router;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The application: reads the configuration and takes every request of the HTTP ports. */
@Singleton
public class SessionStore {
    private static final Logger LOG = Logger.getLogger(SessionStore.class);
    private static final String UNKNOWN = "unknown";

    private final Vertx vertx;
    private final SessionConfig config;
    private final InstantSource clock = InstantSource.system();
    private final DateField date = new DateField(clock);
    private final Sites sites;
    private final SiteFiles files;
    private final EdgeListener edgeListener;
    private final RequestMetrics metrics;
    private final AccessLog accessLog = new AccessLog();
    private final @Nullable LabEndpoints lab;

    @Inject
    SessionStore(Vertx vertx, SessionConfig config, MeterRegistry registry) throws IOException {
        this.vertx = vertx;
        this.config = config;
        Selection selection = new Selection(clock);
        this.sites = new Sites(Path.of(config.sites()));
        sites.scan();
        SessionConfig.Files settings = config.files();
        this.files = new SiteFiles(
                new FileFinder.FileRules(
                        settings.index(),
                        settings.listing(),
                        settings.outsideLinks(),
                        settings.precompressed(),
                        settings.smallFile(),
                        settings.cacheControl()
                                .map(v -> Map.of("cache-control", v))
                                .orElse(Map.of())),
                selection);
        this.edgeListener = new EdgeListener(
                AddressBlocks.parse(config.trustedEdges().orElse(List.of())),
                config.direct(),
                config.headTimeout(),
                new EdgeCounters(registry));
        this.metrics = new RequestMetrics(registry);
        this.lab = config.labEndpoints()
                ? new LabEndpoints(config.node().orElseGet(SessionStore::hostName), selection)
                : null;
    }

    void route(@Observes Router router) {
        router.route().order(Integer.MIN_VALUE).handler(context -> take(context.request()));
    }

    void start(@Observes StartupEvent event) {
        LOG.infof("%d sites in %s", sites.count(), config.sites());
    }

    void listening(@ObservesAsync HttpServerStart event, HttpServer server) {
        install(server.getPort());
    }

    void listeningWithTls(@ObservesAsync HttpsServerStart event, HttpServer server) {
        install(server.getSecurePort());
    }

    private void install(int port) {
        edgeListener.install(((VertxInternal) vertx).getAcceptorEventLoopGroup(), port, _ -> {});
    }

    private void take(HttpServerRequest request) {
        long startedAt = System.nanoTime();
        List<String> hosts = request.headers().getAll("host");
        Optional<String> name = hosts.size() > 1
                ? Optional.empty()
                : request.authority() == null
                        ? request.version() == HttpVersion.HTTP_1_0 ? config.defaultSite() : Optional.empty()
                        : SiteName.of(request.authority().toString());
        Optional<Path> site = name.flatMap(sites::find);
        Exchange exchange =
                new Exchange(vertx, request, site.isPresent() ? name.orElse(UNKNOWN) : UNKNOWN, startedAt, date);
        boolean quiet = EdgeListener.isLocal(request.connection());
        exchange.whenFinished(complete -> {
            long nanos = System.nanoTime() - startedAt;
            metrics.record(exchange, nanos);
            if (config.accessLog() && !quiet) {
                accessLog.write(exchange, complete, nanos / 1000);
            }
        });
        String path = request.path();
        if (name.isEmpty() || path == null) {
            exchange.answer(400);
        } else if (site.isEmpty()) {
            exchange.answer(421);
        } else if (lab == null || !lab.answer(exchange, path)) {
            files.answer(exchange, site.get(), path);
        }
    }

    @PreDestroy
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
