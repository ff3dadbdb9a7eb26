package io.steamgate.mail.relay;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.steamgate.mail.TestVerifier;
import io.steamgate.mail.auth.Mechanisms;
import io.steamgate.mail.auth.PasswordFile;
import io.steamgate.mail.destination.Destination;
import io.steamgate.mail.destination.Introduction;
import io.steamgate.mail.destination.Loops;
import io.steamgate.mail.destination.OutboundTls;
import io.steamgate.mail.destination.Resolvers;
import io.steamgate.mail.destination.ReverseNames;
import io.steamgate.mail.destination.Server;
import io.steamgate.mail.destination.SmtpDestination;
import io.steamgate.mail.destination.SmtpSettings;
import io.steamgate.mail.inspect.Inspections;
import io.steamgate.mail.maildir.MaildirDestination;
import io.steamgate.mail.maildir.MaildirSettings;
import io.steamgate.mail.policy.AuthRate;
import io.steamgate.mail.policy.LocalState;
import io.steamgate.mail.policy.Policy;
import io.steamgate.mail.route.RouteTable;
import io.steamgate.mail.session.AbortCause;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.session.Limits;
import io.steamgate.mail.session.Terms;
import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.start.AddressBlocks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyManagementException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import javax.net.ssl.SSLContext;

/** A relay without Quarkus, with its clock in the test's hand; {@link #tick} lets time pass. */
public final class RelayFixture implements Observer, AutoCloseable {
    public static final Limits LIMITS = new Limits(200_000_000, 10, 998, 10, 30, 100, 1000, 3, 10_000_000);

    /** Octets of content that a client has to send within three minutes. */
    static final int BLOCK = 1000;

    private static SmtpSettings smtp(Introduction introduction) {
        return new SmtpSettings(
                "relay.test",
                introduction,
                Duration.ofSeconds(5),
                Duration.ofMinutes(5),
                Duration.ofMinutes(2),
                Duration.ofMinutes(3),
                Duration.ofMinutes(10),
                Duration.ofSeconds(5),
                4,
                100);
    }

    private final AtomicLong nanos = new AtomicLong(1);
    private final EventLoopGroup group = new NioEventLoopGroup(2);
    private final ExecutorService disk = Executors.newFixedThreadPool(4);
    /** Counts what is held, to the octet. */
    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);

    private final Loops loops =
            new Loops(group, NarrowChannel.class, NioServerSocketChannel.class, buffers, nanos::get);
    private final Resolvers resolvers;
    private final Listeners listeners;
    public final InetSocketAddress address;
    /** Delivered and aborted messages: verdict and cause. */
    public final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
    /** What checks of whole messages said. */
    public final BlockingQueue<String> inspected = new LinkedBlockingQueue<>();

    /** How many commands were heard. */
    public final AtomicLong commands = new AtomicLong();

    /** @param routes lines of the route table; servers by name, and {@code maildir} under the root */
    public RelayFixture(Path root, List<String> routes, Map<String, List<InetSocketAddress>> servers)
            throws IOException, NoSuchAlgorithmException {
        this(root, routes, servers, List.of());
    }

    public RelayFixture(
            Path root, List<String> routes, Map<String, List<InetSocketAddress>> servers, List<String> edges)
            throws IOException, NoSuchAlgorithmException {
        this(root, routes, servers, edges, (_, _) -> new Inspections(0, List.of()));
    }

    public RelayFixture(
            Path root,
            List<String> routes,
            Map<String, List<InetSocketAddress>> servers,
            List<String> edges,
            BiFunction<Executor, Loops, Inspections> inspections)
            throws IOException, NoSuchAlgorithmException {
        this(root, routes, servers, edges, inspections, List.of(), List.of());
    }

    /** @param dns servers that are asked for names; those of the machine if there are none */
    public RelayFixture(
            Path root,
            List<String> routes,
            Map<String, List<InetSocketAddress>> servers,
            List<String> edges,
            BiFunction<Executor, Loops, Inspections> inspections,
            List<Policy> policies,
            List<InetSocketAddress> dns)
            throws IOException, NoSuchAlgorithmException {
        resolvers = new Resolvers(dns, Duration.ofSeconds(1));
        Map<String, Destination> destinations = new HashMap<>();
        destinations.put(
                "maildir",
                new MaildirDestination(
                        "maildir",
                        new MaildirSettings(
                                root + "/{domain}/{local}",
                                true,
                                Optional.empty(),
                                Optional.empty(),
                                0,
                                0,
                                "relay.test"),
                        InstantSource.system(),
                        disk));
        SSLContext trust = SSLContext.getDefault();
        SSLContext credulous = anyone();
        servers.forEach((name, addresses) -> destinations.put(
                name,
                new SmtpDestination(
                        name,
                        name.startsWith("lmtp"),
                        // The order of the list is the order of the attempts.
                        new InOrder(addresses),
                        smtp(introduction(name)),
                        new OutboundTls(security(name), name.equals("encrypted") ? credulous : trust, false),
                        loops,
                        resolvers.addresses(),
                        new ReverseNames(resolvers))));
        Surroundings around = new Surroundings(
                "relay.test",
                loops,
                new Router(() -> RouteTable.parse(routes), destinations, "relay.test"),
                policies,
                inspections.apply(disk, loops),
                this,
                InstantSource.system(),
                new Random(5));
        AddressBlocks none = AddressBlocks.parse(List.of());
        listeners = new Listeners(
                around,
                new Listeners.Access(AddressBlocks.parse(edges), true, none, none, 400, 50),
                Optional.of(new Mechanisms(passwords(), new SecureRandom())),
                new AuthRate(
                        new LocalState(() -> Instant.ofEpochSecond(0, nanos.get()), 100), 4, Duration.ofMinutes(1)),
                disk);
        address = open(Optional.empty(), false);
    }

    /** Another port, with TLS. */
    InetSocketAddress open(SSLContext tls, boolean implicit) throws IOException {
        return open(Optional.of(tls), implicit);
    }

    private InetSocketAddress open(Optional<SSLContext> tls, boolean implicit) throws IOException {
        return listeners.open(new ListenerSettings(
                "smtp",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Terms("relay.test", tls.isPresent(), false, Mechanisms.NAMES, false, true, false),
                LIMITS,
                tls.map(context -> () -> context),
                implicit,
                Duration.ofMinutes(5),
                Duration.ofMinutes(3),
                BLOCK));
    }

    /** Trusts whatever certificate it is shown. */
    static SSLContext anyone() throws NoSuchAlgorithmException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            return context;
        } catch (KeyManagementException e) {
            throw new IllegalStateException(e);
        }
    }

    /** joe's is {@code secret}. */
    private static PasswordFile passwords() throws IOException {
        Path file = Files.createTempFile("passwords", "");
        Files.writeString(file, "joe:" + TestVerifier.of("secret") + "\n");
        PasswordFile passwords = new PasswordFile(file);
        file.toFile().deleteOnExit();
        return passwords;
    }

    /** A connection to a server for which the kernel takes little, so that it is soon full. */
    public static final class NarrowChannel extends NioSocketChannel {
        public NarrowChannel() {
            config().setSendBufferSize(16 * 1024);
        }
    }

    /** A server's name says how TLS is meant. */
    private static OutboundTls.Security security(String name) {
        return switch (name) {
            case "opportunistic", "encrypted" -> OutboundTls.Security.OPPORTUNISTIC;
            case "required" -> OutboundTls.Security.REQUIRED;
            default -> OutboundTls.Security.OFF;
        };
    }

    /** And how clients are introduced. */
    private static Introduction introduction(String name) {
        return switch (name) {
            case "xclient" -> Introduction.XCLIENT;
            case "proxy" -> Introduction.PROXY;
            default -> Introduction.OFF;
        };
    }

    private record InOrder(List<InetSocketAddress> addresses) implements io.steamgate.mail.destination.Servers {
        @Override
        public String place(String domain) {
            return "";
        }

        @Override
        public void find(io.netty.channel.EventLoop loop, String domain, Answer answer) {
            answer.found(addresses.stream().map(a -> new Server("localhost", a)).toList());
        }
    }

    /** Octets of buffers that are held now. */
    public long held() {
        return buffers.metric().usedDirectMemory() + buffers.metric().usedHeapMemory();
    }

    public RawClient client() throws IOException {
        return new RawClient(address);
    }

    /** Time passes, and everybody notices. */
    public void tick(Duration time) throws InterruptedException {
        long now = nanos.addAndGet(time.toNanos());
        for (var executor : group) {
            executor.submit(() ->
                            loops.ticker((io.netty.channel.EventLoop) executor).tick(now))
                    .sync();
        }
    }

    /** What became of the next message. */
    public String outcome() throws InterruptedException {
        String outcome = outcomes.poll(20, TimeUnit.SECONDS);
        return outcome == null ? "none" : outcome;
    }

    public boolean shutDown(long millis) throws InterruptedException {
        return listeners.close(millis);
    }

    @Override
    public void connected(String listener) {}

    @Override
    public void disconnected(String listener) {}

    @Override
    public void refused(Refusal reason) {
        outcomes.add("connection refused " + reason);
    }

    @Override
    public void heard(Command command) {
        commands.incrementAndGet();
    }

    @Override
    public void recipientAnswered(Client client, String sender, String recipient, String destination, Reply reply) {}

    @Override
    public void authenticated(Client client, String mechanism, boolean success) {}

    @Override
    public void judged(String policy, Verdict verdict) {
        if (verdict == Verdict.UNKNOWN) {
            inspected.add(policy + " unknown");
        }
    }

    @Override
    public void inspected(String check, String result) {
        inspected.add(check + " " + result);
    }

    @Override
    public void unprotected(String destination) {
        inspected.add("unprotected " + destination);
    }

    @Override
    public void unintroduced(String destination) {
        inspected.add("unintroduced " + destination);
    }

    @Override
    public void unmarked() {
        inspected.add("unmarked");
    }

    @Override
    public void answered(String destination, long time) {}

    @Override
    public void delivered(Message message) {
        outcomes.add(message.reply().code() + " from " + message.client().addressText());
    }

    @Override
    public void aborted(Message message, AbortCause cause) {
        outcomes.add("aborted " + cause);
    }

    @Override
    public void close() throws InterruptedException {
        listeners.close(0);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(2, TimeUnit.SECONDS);
        disk.shutdown();
        // What is left on the disk is looked at when its last task is done.
        if (!disk.awaitTermination(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the disk's tasks do not end");
        }
    }

    static String text(int size) {
        char[] line = new char[size];
        Arrays.fill(line, 'x');
        for (int i = 78; i + 1 < size; i += 80) {
            line[i] = '\r';
            line[i + 1] = '\n';
        }
        return new String(line);
    }
}
