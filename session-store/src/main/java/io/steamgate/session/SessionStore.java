package io.steamgate.session;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.session.edge.EdgeListener;
import io.steamgate.session.edge.HalfClose;
import io.steamgate.session.edge.HeadDeadline;
import io.steamgate.session.http.DateField;
import io.steamgate.session.http.Exchange;
import io.steamgate.session.http.Selection;
import io.steamgate.session.lab.LabEndpoints;
import io.steamgate.session.site.FileFinder;
import io.steamgate.session.site.SiteFiles;
import io.steamgate.session.site.SiteName;
import io.steamgate.session.site.Sites;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Takes every request of the HTTP ports to the site that its host names. */
@Singleton
public class SessionStore {
    private static final Logger LOG = Logger.getLogger(SessionStore.class);

    /** Stands for all hosts that are not served, in metrics and log. */
    private static final String UNKNOWN = "unknown";

    /** Of a target, up to its path or query (RFC 9112 §3.2.2). */
    private static final Pattern ABSOLUTE_FORM = Pattern.compile("(?i)https?://([^/?]*)");

    private final Vertx vertx;
    private final SessionConfig config;
    private final DateField date;
    private final Sites sites;
    private final SiteFiles files;
    private final RequestMetrics metrics;
    private final AccessLog accessLog = new AccessLog();
    private final @Nullable LabEndpoints lab;

    @Inject
    SessionStore(Vertx vertx, SessionConfig config, MeterRegistry registry, InstantSource clock) {
        check(config);
        this.vertx = vertx;
        this.config = config;
        this.date = new DateField(clock);
        this.metrics = new RequestMetrics(registry);
        this.sites = sites(config);
        Selection selection = new Selection(clock);
        SessionConfig.Files settings = config.files();
        this.files = new SiteFiles(
                new FileFinder.FileRules(
                        settings.index(),
                        settings.listing(),
                        settings.outsideLinks(),
                        settings.precompressed(),
                        settings.smallFile(),
                        settings.cacheControl()
                                .map(value -> Map.of("cache-control", value))
                                .orElse(Map.of())),
                settings.cacheBytes(),
                settings.recheck(),
                selection,
                clock);
        this.lab = config.labEndpoints() ? lab(config, selection) : null;
    }

    /** @throws ConfigurationException that says which rule a setting breaks */
    static void check(SessionConfig config) {
        SessionConfig.Files settings = config.files();
        require(config.headTimeout().isPositive(), "head-timeout must be more than zero");
        require(!settings.recheck().isNegative(), "files.recheck must not be negative");
        require(settings.smallFile() >= 0, "files.small-file must not be negative");
        require(settings.cacheBytes() >= 0, "files.cache-bytes must not be negative");
        String site = config.defaultSite().orElse("localhost");
        require(
                SiteName.of(site).filter(site::equals).isPresent(),
                "default-site: '" + site + "' is no host name in lower case");
        require(
                settings.cacheControl().orElse("").chars().allMatch(c -> c >= 0x20 && c < 0x7F),
                "files.cache-control has characters that a field cannot carry");
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new ConfigurationException("steamgate.session." + rule);
        }
    }

    private static Sites sites(SessionConfig config) {
        try {
            return new Sites(Path.of(config.sites()), config.files().recheck());
        } catch (IOException e) {
            throw new ConfigurationException("steamgate.session.sites: '" + config.sites()
                    + "' is no directory that can be read; create it with a sub-directory per host");
        }
    }

    private static LabEndpoints lab(SessionConfig config, Selection selection) {
        try {
            return new LabEndpoints(config.node().orElseGet(SessionStore::hostName), selection);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "steamgate.session.lab-endpoints: cannot write 4 MiB to the directory for temporary files, "
                            + "set java.io.tmpdir: " + e.getMessage());
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    void route(@Observes Router router) {
        router.route()
                .order(Integer.MIN_VALUE)
                .handler(context -> take(context.request()))
                .failureHandler(this::refuse);
    }

    /** What Vert.x would refuse before it was taken, as a target that is no path: 400, 404. It is for this service to judge. */
    private void refuse(RoutingContext context) {
        if (context.statusCode() < 500 && !context.response().headWritten()) {
            take(context.request());
        } else {
            context.next();
        }
    }

    void start(@Observes StartupEvent event) {
        LOG.infof("%d sites in %s", sites.count(), config.sites());
        String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
        if (!encoding.equals("UTF-8")) {
            LOG.warnf(
                    "file names that are not ASCII cannot be served: the locale has %s, set LC_ALL=C.UTF-8", encoding);
        }
    }

    /** Sites as last seen. */
    int siteCount() {
        return sites.count();
    }

    boolean sitesReadable() {
        return sites.isReadable();
    }

    private void take(HttpServerRequest request) {
        long startedAt = System.nanoTime();
        Optional<HeadDeadline> deadline = HeadDeadline.of(request.connection());
        deadline.ifPresent(d -> d.requestStarted(request.version() == HttpVersion.HTTP_2));
        HalfClose.of(request.connection()).ifPresent(half -> half.requestStarted(request));
        if (request.version() == null) {
            exchange(request, UNKNOWN, startedAt, deadline).answerAndClose(505);
            return;
        }
        Optional<String> name = siteName(request);
        if (name.isEmpty() || !isFramed(request)) {
            exchange(request, UNKNOWN, startedAt, deadline).answerAndClose(400);
            return;
        }
        // Nothing of the body may come before there is somebody to take it.
        request.pause();
        sites.find(vertx, name.get()).onComplete(found -> {
            if (found.failed()) {
                exchange(request, UNKNOWN, startedAt, deadline).failed(found.cause());
            } else if (found.result().isEmpty()) {
                exchange(request, UNKNOWN, startedAt, deadline).answer(421);
            } else {
                answer(
                        exchange(request, name.get(), startedAt, deadline),
                        found.result().get());
            }
            request.resume();
        });
    }

    private void answer(Exchange exchange, Path site) {
        try {
            Optional<String> path = path(exchange.request());
            if (path.isEmpty()) {
                exchange.answer(400);
            } else if (lab == null || !lab.answer(exchange, path.get())) {
                files.answer(exchange, site, path.get());
            }
        } catch (RuntimeException e) {
            exchange.failed(e);
        }
    }

    /**
     * The path of a target, with its percent-encoding; of one without a path, which OPTIONS and CONNECT may have, the
     * target. Empty if it has none of the forms of RFC 9112 §3.2, or octets that none of them has.
     */
    private static Optional<String> path(HttpServerRequest request) {
        String target = request.uri();
        if (target == null || !target.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
            return Optional.empty();
        }
        Matcher absolute = ABSOLUTE_FORM.matcher(target);
        int start = absolute.lookingAt() ? absolute.end() : 0;
        int query = target.indexOf('?', start);
        String path = target.substring(start, query < 0 ? target.length() : query);
        if (path.startsWith("/")
                || target.equals("*") && request.method().equals(HttpMethod.OPTIONS)
                || request.method().equals(HttpMethod.CONNECT)) {
            return Optional.of(path);
        }
        return start > 0 && path.isEmpty() ? Optional.of("/") : Optional.empty();
    }

    private Exchange exchange(HttpServerRequest request, String site, long startedAt, Optional<HeadDeadline> deadline) {
        Exchange exchange = new Exchange(vertx, request, site, date);
        exchange.whenFinished(complete -> {
            deadline.ifPresent(HeadDeadline::requestFinished);
            HalfClose.of(request.connection()).ifPresent(half -> half.requestFinished(request));
            long nanos = System.nanoTime() - startedAt;
            metrics.record(exchange, nanos);
            if (config.accessLog() && !EdgeListener.isLocal(request.connection())) {
                accessLog.write(exchange, complete, nanos / 1000);
            }
        });
        return exchange;
    }

    /** Whether the end of the body is known: chunked is the only transfer coding here (RFC 9112 §6.1, §6.3). */
    private static boolean isFramed(HttpServerRequest request) {
        List<String> codings = request.headers().getAll("transfer-encoding");
        return codings.isEmpty()
                || codings.size() == 1
                        && codings.getFirst().strip().equalsIgnoreCase("chunked")
                        && request.version() == HttpVersion.HTTP_1_1;
    }

    /** Host or authority (RFC 9112 §3.2, RFC 9113 §8.3.1); exactly one, or empty for 400. */
    private Optional<String> siteName(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll("host");
        if (hosts.size() > 1) {
            return Optional.empty();
        }
        if (request.version() == HttpVersion.HTTP_2) {
            return Optional.ofNullable(request.authority()).flatMap(authority -> SiteName.of(authority.toString()));
        }
        Matcher absolute = ABSOLUTE_FORM.matcher(request.uri());
        if (absolute.lookingAt() && (request.version() == HttpVersion.HTTP_1_0 || !hosts.isEmpty())) {
            return SiteName.of(absolute.group(1));
        }
        if (hosts.isEmpty()) {
            return request.version() == HttpVersion.HTTP_1_0 ? config.defaultSite() : Optional.empty();
        }
        return SiteName.of(hosts.getFirst());
    }

    @PreDestroy
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }
}
