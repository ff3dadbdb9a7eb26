package io.steamgate.mail.relay;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import io.steamgate.mail.auth.Mechanisms;
import io.steamgate.mail.auth.SaslExchange;
import io.steamgate.mail.policy.AuthRate;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.session.ClientNetwork;
import io.steamgate.mail.session.Terms;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.start.AddressBlocks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;

/** The ports, and all connections that came by them. */
public final class Listeners {
    /**
     * Who may do what.
     *
     * @param edges begin their connections with a PROXY header
     * @param direct others may connect too, where edges are configured
     * @param relaying clients that may send anywhere without AUTH
     * @param xclient clients that may speak for others
     * @param connections at most
     * @param connectionsOfClient at most, of one address, or IPv6 /64
     */
    public record Access(
            AddressBlocks edges,
            boolean direct,
            AddressBlocks relaying,
            AddressBlocks xclient,
            int connections,
            int connectionsOfClient) {}

    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(4 * 1024, 16 * 1024);

    private final Surroundings around;
    private final Access access;
    private final Optional<Mechanisms> mechanisms;
    private final AuthRate authRate;
    private final Executor workers;
    private final List<Channel> ports = new ArrayList<>();
    private final Set<ClientConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private final Map<ClientNetwork, Integer> perClient = new ConcurrentHashMap<>();
    private volatile boolean ending;

    /** @param workers threads for what takes time: passwords */
    public Listeners(
            Surroundings around, Access access, Optional<Mechanisms> mechanisms, AuthRate authRate, Executor workers) {
        this.around = around;
        this.access = access;
        this.mechanisms = mechanisms;
        this.authRate = authRate;
        this.workers = workers;
    }

    /**
     * Opens a port.
     *
     * @return where it listens
     * @throws IOException if it cannot
     */
    public InetSocketAddress open(ListenerSettings listener) throws IOException {
        ChannelFuture bound = new ServerBootstrap()
                .group(around.loops().group())
                .channel(around.loops().serverChannel())
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.ALLOCATOR, around.loops().allocator())
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Reads.bound(channel);
                        accept(channel, listener);
                    }
                })
                .bind(listener.address())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(bound.cause().getMessage(), bound.cause());
        }
        ports.add(bound.channel());
        return (InetSocketAddress) bound.channel().localAddress();
    }

    private void accept(Channel channel, ListenerSettings listener) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress peer)) {
            channel.close();
        } else if (access.edges().contains(peer.getAddress())) {
            channel.pipeline().addLast(new ProxyGate(this, listener, peer));
        } else if (!access.direct()) {
            refused(Observer.Refusal.UNTRUSTED);
            channel.close();
        } else {
            channel.pipeline().addLast(new DirectGate(this, listener, peer));
        }
    }

    /** Puts a client's connection in the place of the handler that learnt who it is. */
    void serve(
            ChannelHandlerContext ctx,
            ChannelHandler before,
            ListenerSettings listener,
            InetSocketAddress address,
            InetSocketAddress local,
            boolean proxied) {
        Client client = Client.unknown(address, local);
        int ofClient = perClient.merge(client.network(), 1, Integer::sum);
        boolean tooMany = count.incrementAndGet() > access.connections();
        if (ending || tooMany || ofClient > access.connectionsOfClient()) {
            leave(client.network());
            if (!ending) {
                refused(tooMany ? Observer.Refusal.TOO_MANY : Observer.Refusal.TOO_MANY_OF_CLIENT);
            }
            farewell(ctx, listener, ending ? Replies.SHUTTING_DOWN : Replies.TOO_MANY_CONNECTIONS);
            return;
        }
        ClientConnection connection = new ClientConnection(listener, around, this, client, isXclient(ctx, proxied));
        connections.add(connection);
        around.observer().connected(listener.name());
        if (listener.implicitTls()) {
            Reads.inTls(ctx.channel());
            tlsHandler(listener).ifPresent(handler -> ctx.pipeline().addLast("tls", handler));
        }
        ctx.pipeline().addLast(connection);
        ctx.pipeline().remove(before);
    }

    private boolean isXclient(ChannelHandlerContext ctx, boolean proxied) {
        return !proxied
                && ctx.channel().remoteAddress() instanceof InetSocketAddress peer
                && access.xclient().contains(peer.getAddress());
    }

    private static void farewell(ChannelHandlerContext ctx, ListenerSettings listener, Reply reply) {
        if (listener.implicitTls()) {
            ctx.close();
        } else {
            ctx.writeAndFlush(Unpooled.wrappedBuffer(reply.wire().getBytes(StandardCharsets.US_ASCII)))
                    .addListener(ChannelFutureListener.CLOSE);
        }
    }

    void left(ClientConnection connection) {
        if (connections.remove(connection)) {
            around.observer().disconnected(connection.listener().name());
            leave(connection.network());
        }
    }

    private void leave(ClientNetwork client) {
        count.decrementAndGet();
        perClient.computeIfPresent(client, (_, n) -> n > 1 ? n - 1 : null);
    }

    void refused(Observer.Refusal reason) {
        around.observer().refused(reason);
    }

    Terms terms(ListenerSettings listener, boolean xclient) {
        Terms t = listener.terms();
        return new Terms(
                t.hostname(), t.startTls(), t.tlsRequired(), t.mechanisms(), t.authRequired(), t.plainAuth(), xclient);
    }

    /** Whether a client may send to recipients that no route is open for. */
    boolean mayRelay(Client client) {
        return client.user().isPresent()
                || access.relaying().contains(client.address().getAddress());
    }

    /** The client that a trusted one speaks for (Postfix's XCLIENT); empty if it says nothing that can be used. */
    Optional<Client> speaker(Client trusted, Map<String, String> attributes) {
        InetSocketAddress address = trusted.address();
        String said = attributes.getOrDefault("ADDR", "");
        try {
            if (!said.isEmpty()) {
                String literal = said.regionMatches(true, 0, "IPV6:", 0, 5) ? said.substring(5) : said;
                address = new InetSocketAddress(InetAddress.ofLiteral(literal), port(attributes, address.getPort()));
            }
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.of(new Client(
                address,
                trusted.local(),
                attributes.getOrDefault("HELO", ""),
                !attributes.getOrDefault("PROTO", "ESMTP").equalsIgnoreCase("SMTP"),
                trusted.tls(),
                Optional.ofNullable(attributes.get("LOGIN"))));
    }

    private static int port(Map<String, String> attributes, int otherwise) {
        String port = attributes.getOrDefault("PORT", "");
        return port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65535 ? Integer.parseInt(port) : otherwise;
    }

    Optional<SslHandler> tlsHandler(ListenerSettings listener) {
        return listener.tls().map(context -> {
            SSLEngine engine = context.get().createSSLEngine();
            engine.setUseClientMode(false);
            return new SslHandler(engine);
        });
    }

    Optional<SaslExchange> exchange(String mechanism) {
        return mechanisms.flatMap(all -> all.start(mechanism));
    }

    AuthRate authRate() {
        return authRate;
    }

    Executor workers() {
        return workers;
    }

    /** Open connections. */
    public int connections() {
        return count.get();
    }

    /** Whether every port is open. */
    public boolean isListening() {
        return !ports.isEmpty() && !ending && ports.stream().allMatch(Channel::isActive);
    }

    /**
     * Takes no more connections and ends those that are between transactions at once, the others after their
     * transaction, or when the time is over.
     *
     * @return whether all ended of themselves
     */
    public boolean close(long patienceMillis) throws InterruptedException {
        ending = true;
        for (Channel port : ports) {
            port.close().awaitUninterruptibly();
        }
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        while (!connections.isEmpty() && System.nanoTime() - until < 0) {
            connections.forEach(connection -> connection.shutDownLater(false));
            TimeUnit.MILLISECONDS.sleep(50);
        }
        boolean all = connections.isEmpty();
        connections.forEach(connection -> connection.shutDownLater(true));
        return all;
    }
}
