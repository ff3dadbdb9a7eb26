package io.steamgate.mail.destination;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolverGroup;
import io.steamgate.mail.session.Client;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** SMTP or LMTP servers. */
public final class SmtpDestination implements Destination {
    private final String name;
    private final boolean lmtp;
    private final Servers servers;
    private final SmtpSettings settings;
    private final OutboundTls tls;
    private final Loops loops;
    private final AddressResolverGroup<InetSocketAddress> resolver;
    private final ReverseNames names;
    private final Map<EventLoop, ConnectionPool> pools = new ConcurrentHashMap<>();

    public SmtpDestination(
            String name,
            boolean lmtp,
            Servers servers,
            SmtpSettings settings,
            OutboundTls tls,
            Loops loops,
            AddressResolverGroup<InetSocketAddress> resolver,
            ReverseNames names) {
        this.name = name;
        this.lmtp = lmtp;
        this.servers = servers;
        this.settings = settings;
        this.tls = tls;
        this.loops = loops;
        this.resolver = resolver;
        this.names = names;
    }

    @Override
    public String name() {
        return name;
    }

    /** An LMTP server answers for each recipient (RFC 2033 §4.2); the client is to hear one answer. */
    @Override
    public boolean takesSeveralRecipients() {
        return !lmtp;
    }

    @Override
    public String place(String domain) {
        return servers.place(domain);
    }

    @Override
    public Delivery deliver(Order order) {
        return new SmtpDelivery(this, order, loops.ticker(order.loop()), loops.clock());
    }

    Servers servers() {
        return servers;
    }

    /** Names of clients. */
    ReverseNames names() {
        return names;
    }

    SmtpSettings settings() {
        return settings;
    }

    ConnectionPool pool(EventLoop loop) {
        return pools.computeIfAbsent(loop, _ -> {
            // A header says whose the connection is, once and for all: such connections are not kept.
            int kept = settings.introduction() == Introduction.PROXY ? 0 : settings.idleConnections();
            ConnectionPool pool = new ConnectionPool(settings.idle(), kept, settings.messages());
            loops.ticker(loop).add(pool);
            return pool;
        });
    }

    /** Whether a server with which TLS fails may have the message in the clear (RFC 7435 §3). */
    boolean mayDoWithoutTls() {
        return tls.security() == OutboundTls.Security.OPPORTUNISTIC;
    }

    /**
     * Begins to connect; the owner hears {@code ready} or {@code gone}.
     *
     * @param client whose mail comes by this connection
     * @param plain without TLS, even if the server offers it
     */
    SmtpConnection connect(EventLoop loop, Server server, Client client, boolean plain, SmtpConnection.Owner owner) {
        SmtpConnection connection =
                new SmtpConnection(server, settings.hostname(), lmtp, plain ? tls.none() : tls, pool(loop));
        connection.own(owner);
        new Bootstrap()
                .group(loop)
                .channel(loops.socketChannel())
                .resolver(resolver)
                .option(ChannelOption.ALLOCATOR, loops.allocator())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        settings.connect().toMillis())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (settings.introduction() == Introduction.PROXY) {
                            channel.pipeline().addLast(new ProxyHeader(client));
                        }
                        channel.pipeline().addLast(connection);
                    }
                })
                .connect(server.address())
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        connection.unreachable();
                    }
                });
        return connection;
    }

    /** Takes leave of all servers; on each loop. */
    public void close() {
        pools.forEach((loop, pool) -> loop.execute(pool::close));
    }
}
