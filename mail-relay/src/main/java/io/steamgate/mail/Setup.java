package io.steamgate.mail;

import static io.steamgate.mail.ConfigCheck.positive;
import static io.steamgate.mail.ConfigCheck.wrong;

import io.netty.resolver.AddressResolverGroup;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.steamgate.mail.auth.Mechanisms;
import io.steamgate.mail.auth.PasswordFile;
import io.steamgate.mail.destination.Destination;
import io.steamgate.mail.destination.Introduction;
import io.steamgate.mail.destination.Loops;
import io.steamgate.mail.destination.MxServers;
import io.steamgate.mail.destination.OutboundTls;
import io.steamgate.mail.destination.Resolvers;
import io.steamgate.mail.destination.ReverseNames;
import io.steamgate.mail.destination.Server;
import io.steamgate.mail.destination.Servers;
import io.steamgate.mail.destination.SmtpDestination;
import io.steamgate.mail.destination.SmtpSettings;
import io.steamgate.mail.destination.StaticServers;
import io.steamgate.mail.inspect.AuthenticityChecks;
import io.steamgate.mail.inspect.DnsTxt;
import io.steamgate.mail.inspect.Inspections;
import io.steamgate.mail.inspect.Inspector;
import io.steamgate.mail.maildir.MaildirDestination;
import io.steamgate.mail.maildir.MaildirSettings;
import io.steamgate.mail.milter.MilterFilter;
import io.steamgate.mail.policy.Action;
import io.steamgate.mail.policy.AuthRate;
import io.steamgate.mail.policy.BlockList;
import io.steamgate.mail.policy.Greylist;
import io.steamgate.mail.policy.LocalState;
import io.steamgate.mail.policy.Policy;
import io.steamgate.mail.policy.RateLimit;
import io.steamgate.mail.policy.SenderPolicy;
import io.steamgate.mail.policy.SharedState;
import io.steamgate.mail.policy.TalliedState;
import io.steamgate.mail.relay.ListenerSettings;
import io.steamgate.mail.relay.Listeners;
import io.steamgate.mail.route.RouteFile;
import io.steamgate.mail.session.Limits;
import io.steamgate.mail.session.Terms;
import io.steamgate.start.AddressBlocks;
import io.steamgate.state.store.Tallies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.apache.james.jspf.impl.DNSServiceXBillImpl;
import org.apache.james.jspf.impl.SPF;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.SimpleResolver;

/** Configuration to parts; whatever is wrong stops the start with one line that says what to change. */
final class Setup {
    private static final String MAILDIR = "maildir";
    private static final int KNOWN_KEYS = 100_000;
    private static final Duration DNS_TIMEOUT = Duration.ofSeconds(5);

    private final MailConfig config;
    private final TlsConfigurationRegistry tls;
    private final String hostname;

    Setup(MailConfig config, TlsConfigurationRegistry tls) {
        this.config = config;
        this.tls = tls;
        this.hostname = config.hostname().orElseGet(Setup::machineName);
        ConfigCheck.check(config, hostname);
    }

    private static String machineName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    String hostname() {
        return hostname;
    }

    Limits limits() {
        MailConfig.Limits l = config.limits();
        return new Limits(
                l.messageSize(),
                l.recipients(),
                l.contentLine(),
                l.hops(),
                l.errors(),
                l.idleCommands(),
                l.messages(),
                l.authentications(),
                l.drain());
    }

    List<ListenerSettings> listeners() {
        return config.listeners().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> listener(entry.getKey(), entry.getValue()))
                .toList();
    }

    private ListenerSettings listener(String name, MailConfig.Listener l) {
        String key = "listeners." + name;
        boolean usesTls = l.tls() != MailConfig.ListenerTls.OFF;
        if (usesTls && l.tlsConfigurationName().isEmpty()) {
            throw wrong(
                    key + ".tls-configuration-name", "name the TLS configuration with the certificate, or set tls=off");
        }
        if (!usesTls && l.tlsRequired()) {
            throw wrong(key + ".tls-required", "needs tls=starttls");
        }
        boolean auth = l.auth() != MailConfig.ListenerAuth.OFF;
        if (auth && config.passwordFile().isEmpty()) {
            throw wrong(key + ".auth", "needs steamgate.mail.password-file");
        }
        if (auth && !usesTls && !l.plainAuth()) {
            throw wrong(key + ".auth", "needs tls, or plain-auth=true to take passwords that anybody can read");
        }
        Terms terms = new Terms(
                hostname,
                l.tls() == MailConfig.ListenerTls.STARTTLS,
                l.tlsRequired(),
                auth ? Mechanisms.NAMES : List.of(),
                l.auth() == MailConfig.ListenerAuth.REQUIRED,
                l.plainAuth(),
                false);
        Optional<Supplier<SSLContext>> context =
                usesTls ? Optional.of(tlsContext(key, l.tlsConfigurationName().orElseThrow())) : Optional.empty();
        return new ListenerSettings(
                name,
                new InetSocketAddress(address(key + ".host", l.host()), l.port()),
                terms,
                limits(),
                context,
                l.tls() == MailConfig.ListenerTls.IMPLICIT,
                config.timeouts().command(),
                config.timeouts().block(),
                config.limits().block());
    }

    private static InetAddress address(String key, String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            throw wrong(key, "'" + host + "' is no IP address");
        }
    }

    private Supplier<SSLContext> tlsContext(String key, String name) {
        TlsConfiguration found = tls.get(name)
                .orElseThrow(() -> wrong(key + ".tls-configuration-name", "there is no quarkus.tls." + name + ".*"));
        Supplier<SSLContext> context = () -> {
            try {
                return found.createSSLContext();
            } catch (Exception e) {
                throw new IllegalStateException("quarkus.tls." + name + ": " + e.getMessage(), e);
            }
        };
        CachedContext cached = new CachedContext(context, found, System::nanoTime);
        try {
            // Made once now, so that a bad certificate stops the start and not the first client.
            var _ = cached.get();
        } catch (IllegalStateException e) {
            throw new ConfigurationException(e.getMessage());
        }
        return cached;
    }

    Listeners.Access access() {
        return new Listeners.Access(
                blocks("trusted-edges", config.trustedEdges()),
                config.direct(),
                blocks("relay-clients", config.relayClients()),
                blocks("xclient-clients", config.xclientClients()),
                config.limits().connections(),
                config.limits().connectionsOfClient());
    }

    private static AddressBlocks blocks(String key, Optional<List<String>> texts) {
        try {
            return AddressBlocks.parse(texts.orElse(List.of()));
        } catch (IllegalArgumentException e) {
            throw wrong(key, String.valueOf(e.getMessage()));
        }
    }

    Optional<Mechanisms> mechanisms(RandomGenerator random) {
        return config.passwordFile().map(file -> {
            try {
                return new Mechanisms(new PasswordFile(Path.of(file)), random);
            } catch (IOException e) {
                throw wrong("password-file", "cannot read '" + file + "'");
            } catch (IllegalArgumentException e) {
                throw wrong("password-file", file + ": " + e.getMessage());
            }
        });
    }

    Resolvers resolvers() {
        List<InetSocketAddress> servers = config.dnsServers().orElse(List.of()).stream()
                .map(Setup::dnsServer)
                .toList();
        return new Resolvers(servers, DNS_TIMEOUT);
    }

    private static InetSocketAddress dnsServer(String text) {
        int colon = text.indexOf(':') == text.lastIndexOf(':') ? text.indexOf(':') : -1;
        try {
            int port = colon < 0 ? 53 : Integer.parseInt(text.substring(colon + 1));
            return new InetSocketAddress(InetAddress.ofLiteral(colon < 0 ? text : text.substring(0, colon)), port);
        } catch (IllegalArgumentException e) {
            throw wrong("dns-servers", "'" + text + "' is not ADDRESS or ADDRESS:PORT");
        }
    }

    Map<String, Destination> destinations(
            Loops loops, Resolvers resolvers, InstantSource clock, RandomGenerator random, Executor workers) {
        Map<String, Destination> all = new HashMap<>();
        AddressResolverGroup<InetSocketAddress> addresses = resolvers.addresses();
        MailConfig.Maildir m = config.maildir();
        if (!m.path().contains("{domain}") || !m.path().contains("{local}")) {
            throw wrong("maildir.path", "must hold {domain} and {local}, or mailboxes would share a directory");
        }
        all.put(
                MAILDIR,
                new MaildirDestination(
                        MAILDIR,
                        new MaildirSettings(
                                m.path(),
                                m.create(),
                                m.catchAll(),
                                m.delimiter(),
                                m.quotaBytes(),
                                m.quotaMessages(),
                                hostname),
                        clock,
                        workers));
        config.destinations().forEach((name, d) -> {
            if (name.equals(MAILDIR)) {
                throw wrong("destinations." + name, "that name is taken by the embedded destination");
            }
            Servers servers = d.servers().isPresent()
                    ? new StaticServers(
                            d.servers().get().stream()
                                    .map(text -> server("destinations." + name + ".servers", text))
                                    .toList(),
                            random)
                    : new MxServers(resolvers, random, d.port());
            all.put(
                    name,
                    new SmtpDestination(
                            name,
                            d.protocol() == MailConfig.Protocol.LMTP,
                            servers,
                            smtp(d.introduction()),
                            outbound(name, d),
                            loops,
                            addresses,
                            new ReverseNames(resolvers)));
        });
        return all;
    }

    /** {@code HOST:PORT} or {@code HOST:PORT/WEIGHT}. */
    private static StaticServers.Weighted server(String key, String text) {
        int colon = text.lastIndexOf(':');
        int slash = text.indexOf('/', Math.max(colon, 0));
        try {
            int port = Integer.parseInt(text.substring(colon + 1, slash < 0 ? text.length() : slash));
            int weight = slash < 0 ? 1 : Integer.parseInt(text.substring(slash + 1));
            String host = text.substring(0, colon);
            if (host.isEmpty() || port < 1 || port > 65535 || weight < 1 || weight > 1000) {
                throw new IllegalArgumentException(text);
            }
            return new StaticServers.Weighted(new Server(host, socketAddress(host, port)), weight);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw wrong(key, "'" + text + "' is not HOST:PORT or HOST:PORT/WEIGHT");
        }
    }

    private static InetSocketAddress socketAddress(String host, int port) {
        String literal = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        try {
            return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
        } catch (IllegalArgumentException e) {
            return InetSocketAddress.createUnresolved(host, port);
        }
    }

    private SmtpSettings smtp(Introduction introduction) {
        MailConfig.Timeouts t = config.timeouts();
        return new SmtpSettings(
                hostname,
                introduction,
                t.connect(),
                t.envelope(),
                t.data(),
                t.block(),
                t.message(),
                config.pool().idle(),
                config.pool().connections(),
                config.pool().messages());
    }

    private OutboundTls outbound(String name, MailConfig.Destination d) {
        String key = "destinations." + name;
        return switch (d.tls()) {
            case OFF, OPPORTUNISTIC -> new OutboundTls(d.tls(), AnyCertificate.context(), false);
            case REQUIRED ->
                new OutboundTls(
                        d.tls(),
                        d.tlsConfigurationName()
                                .map(config -> tlsContext(key, config).get())
                                .orElseGet(Setup::ownTrust),
                        true);
        };
    }

    private static SSLContext ownTrust() {
        try {
            return SSLContext.getDefault();
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    /** What relays know of their clients, together if they can. */
    static SharedState state(InstantSource clock, Optional<Tallies> shared) {
        SharedState own = new LocalState(clock, KNOWN_KEYS);
        return shared.<SharedState>map(tallies -> new TalliedState(tallies, own))
                .orElse(own);
    }

    AuthRate authRate(SharedState state) {
        positive("policy.rate-window", config.policy().rateWindow());
        positive("limits.authentications-of-client", config.limits().authenticationsOfClient());
        return new AuthRate(
                state,
                config.limits().authenticationsOfClient(),
                config.policy().rateWindow());
    }

    List<Policy> policies(Resolvers resolvers, InstantSource clock, Executor workers, SharedState state) {
        MailConfig.Policies p = config.policy();
        List<Policy> policies = new ArrayList<>();
        if (p.rateRecipients() > 0) {
            policies.add(new RateLimit(state, p.rateRecipients(), p.rateWindow()));
        }
        List<String> zones = p.dnsblZones().orElse(List.of());
        if (!zones.isEmpty() && p.dnsblAction() != Action.OFF) {
            policies.add(new BlockList((loop, name) -> resolvers.of(loop).resolveAll(name), zones, p.dnsblAction()));
        }
        if (p.spf() != Action.OFF) {
            policies.add(new SenderPolicy(spf(), workers, p.spf(), hostname));
        }
        if (p.greylistDelay().isPositive()) {
            policies.add(new Greylist(state, clock, p.greylistDelay(), p.greylistLifespan()));
        }
        return policies;
    }

    Inspections inspections(Loops loops, Executor workers, RandomGenerator random) {
        MailConfig.Policies p = config.policy();
        if (p.dmarc() != Action.OFF && (p.spf() == Action.OFF || p.dkim() == Action.OFF)) {
            throw wrong("policy.dmarc", "needs policy.spf and policy.dkim, set them to mark or refuse");
        }
        List<Inspector.Factory> factories = new ArrayList<>();
        if (p.dkim() != Action.OFF) {
            factories.add(
                    new AuthenticityChecks(hostname, p.dkim(), p.dmarc(), new DnsTxt(dnsResolver()), workers, random));
        }
        positive("policy.milter-connect-timeout", p.milterConnectTimeout());
        positive("policy.milter-command-timeout", p.milterCommandTimeout());
        positive("policy.milter-content-timeout", p.milterContentTimeout());
        MilterFilter.Patience patience =
                new MilterFilter.Patience(p.milterConnectTimeout(), p.milterCommandTimeout(), p.milterContentTimeout());
        List<String> milters = p.milters().orElse(List.of());
        for (int i = 0; i < milters.size(); i++) {
            factories.add(new MilterFilter(
                    "milter-" + (i + 1), milter(milters.get(i)), patience, p.milterDefaultAction(), hostname, loops));
        }
        return new Inspections(p.inspectLimit(), factories);
    }

    private static InetSocketAddress milter(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1).strip());
            String host = text.substring(0, colon).strip().replaceAll("^\\[(.*)]$", "$1");
            return new InetSocketAddress(InetAddress.ofLiteral(host), port);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw wrong("policy.milters", "'" + text + "' is not ADDRESS:PORT");
        }
    }

    private SPF spf() {
        return new SPF(new DNSServiceXBillImpl(dnsResolver()));
    }

    /** For those that wait. */
    private Resolver dnsResolver() {
        List<Resolver> servers = config.dnsServers().orElse(List.of()).stream()
                .map(Setup::dnsServer)
                .<Resolver>map(SimpleResolver::new)
                .toList();
        ExtendedResolver resolver = servers.isEmpty() ? new ExtendedResolver() : new ExtendedResolver(servers);
        resolver.setTimeout(DNS_TIMEOUT);
        return resolver;
    }

    RouteFile routes(Map<String, Destination> destinations) {
        String file = config.routes()
                .orElseThrow(
                        () -> wrong("routes", "name a file with a line per route, e.g. 'example.org " + MAILDIR + "'"));
        try {
            return new RouteFile(Path.of(file), destinations.keySet());
        } catch (IOException e) {
            throw wrong("routes", "cannot read '" + file + "'");
        } catch (IllegalArgumentException e) {
            throw wrong("routes", file + ": " + e.getMessage());
        }
    }

    /** Numbers that nobody can guess. */
    static SecureRandom secureRandom() {
        return new SecureRandom();
    }
}
