package io.steamgate.mail;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.steamgate.mail.destination.Destination;
import io.steamgate.mail.destination.Loops;
import io.steamgate.mail.destination.Resolvers;
import io.steamgate.mail.destination.SmtpDestination;
import io.steamgate.mail.policy.SharedState;
import io.steamgate.mail.relay.ListenerSettings;
import io.steamgate.mail.relay.Listeners;
import io.steamgate.mail.relay.Router;
import io.steamgate.mail.relay.Surroundings;
import io.steamgate.mail.route.RouteFile;
import io.steamgate.state.ClusterState;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** The service: opens its ports at the start, and lets messages come to their end before its own. */
@Singleton
public class MailRelay {
    private static final Logger LOG = Logger.getLogger(MailRelay.class);

    private final MailConfig config;
    private final Setup setup;
    private final EventLoopGroup group;
    private final ExecutorService workers;
    private final Loops loops;
    private final Resolvers resolvers;
    private final RouteFile routes;
    private final Map<String, Destination> destinations;
    private final Listeners listeners;
    private final Map<String, InetSocketAddress> ports = new ConcurrentHashMap<>();

    @Inject
    MailRelay(
            MailConfig config,
            TlsConfigurationRegistry tls,
            MeterRegistry registry,
            InstantSource clock,
            ClusterState state) {
        this.config = config;
        this.setup = new Setup(config, tls);
        int threads = config.eventLoops() > 0
                ? config.eventLoops()
                : Runtime.getRuntime().availableProcessors();
        this.group = new NioEventLoopGroup(threads, new DefaultThreadFactory("mail"));
        this.workers = Executors.newFixedThreadPool(config.workers(), new DefaultThreadFactory("mail-worker", true));
        this.loops = new Loops(
                group,
                NioSocketChannel.class,
                NioServerSocketChannel.class,
                ByteBufAllocator.DEFAULT,
                System::nanoTime);
        this.resolvers = setup.resolvers();
        SecureRandom random = Setup.secureRandom();
        this.destinations = setup.destinations(loops, resolvers, clock, random, workers);
        this.routes = setup.routes(destinations);
        SharedState known = Setup.state(
                clock, Optional.of(state).filter(ClusterState::configured).map(ClusterState::tallies));
        MailMetrics metrics = new MailMetrics(registry);
        Surroundings around = new Surroundings(
                setup.hostname(),
                loops,
                new Router(routes, destinations, setup.hostname()),
                setup.policies(resolvers, clock, workers, known),
                setup.inspections(loops, workers, random),
                new Observers(metrics, new MailLog()),
                clock,
                random);
        this.listeners =
                new Listeners(around, setup.access(), setup.mechanisms(random), setup.authRate(known), workers);
        metrics.watch(listeners::connections);
    }

    void start(@Observes StartupEvent event) {
        for (ListenerSettings listener : setup.listeners()) {
            try {
                InetSocketAddress address = listeners.open(listener);
                ports.put(listener.name(), address);
                LOG.infof("%s: %s:%d", listener.name(), address.getHostString(), address.getPort());
            } catch (IOException e) {
                throw new ConfigurationException("steamgate.mail.listeners." + listener.name() + ": cannot listen on "
                        + listener.address().getHostString() + ":"
                        + listener.address().getPort() + ": "
                        + e.getMessage());
            }
        }
        loops.start();
        group.next().scheduleAtFixedRate(() -> workers.execute(routes::refresh), 1, 1, TimeUnit.SECONDS);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        if (!listeners.close(config.shutdownTimeout().toMillis())) {
            LOG.warnf("%d connections were ended within a message", listeners.connections());
        }
        for (Destination destination : destinations.values()) {
            if (destination instanceof SmtpDestination smtp) {
                smtp.close();
            }
        }
        resolvers.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).await(3, TimeUnit.SECONDS);
        workers.shutdown();
        if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
            LOG.warn("a disk is slow: some messages may be left in tmp");
        }
    }

    boolean isListening() {
        return listeners.isListening();
    }

    int connections() {
        return listeners.connections();
    }

    /** Where a listener listens, by its name; for tests that let the system choose the port. */
    InetSocketAddress port(String listener) {
        InetSocketAddress address = ports.get(listener);
        if (address == null) {
            throw new IllegalArgumentException("no listener " + listener);
        }
        return address;
    }
}
