package io.steamgate.mail.destination;

import io.netty.channel.AddressedEnvelope;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStream;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** DNS, without blocking: one resolver per event loop, over UDP, and over TCP where an answer is truncated. */
public final class Resolvers {
    private final List<InetSocketAddress> servers;
    private final Duration timeout;
    private final Map<EventLoop, DnsNameResolver> resolvers = new ConcurrentHashMap<>();

    /** @param servers those of the machine if there are none */
    public Resolvers(List<InetSocketAddress> servers, Duration timeout) {
        this.servers = List.copyOf(servers);
        this.timeout = timeout;
    }

    private DnsNameResolverBuilder builder() {
        return new DnsNameResolverBuilder()
                .datagramChannelType(NioDatagramChannel.class)
                .socketChannelType(NioSocketChannel.class)
                .queryTimeoutMillis(timeout.toMillis())
                .nameServerProvider(
                        servers.isEmpty()
                                ? DnsServerAddressStreamProviders.platformDefault()
                                : new SequentialDnsServerAddressStreamProvider(servers))
                // Mail goes to names as they are written.
                .searchDomains(List.of());
    }

    public DnsNameResolver of(EventLoop loop) {
        return resolvers.computeIfAbsent(loop, _ -> builder().eventLoop(loop).build());
    }

    /** The DNS servers that are asked about a name, in order. */
    List<InetSocketAddress> servers(String name) {
        if (!servers.isEmpty()) {
            return servers;
        }
        DnsServerAddressStream own =
                DnsServerAddressStreamProviders.platformDefault().nameServerAddressStream(name);
        List<InetSocketAddress> all = new ArrayList<>();
        for (int i = 0; i < own.size(); i++) {
            all.add(own.next());
        }
        return all;
    }

    /** What DNS said to a question, on the event loop that asked. */
    interface Answer {
        /** The name is there, whether or not it has such records; the response is released afterwards. */
        void found(DnsResponse response);

        void noSuchName();

        /** No server said. */
        void failed();
    }

    /**
     * Asks one DNS server after another until one knows: Netty's own resolver takes a failure for an empty answer.
     *
     * @param name without the last dot
     */
    void ask(EventLoop loop, String name, DnsRecordType type, Answer answer) {
        ask(loop, new DefaultDnsQuestion(name + ".", type), List.copyOf(servers(name)), 0, answer);
    }

    private void ask(EventLoop loop, DnsQuestion question, List<InetSocketAddress> dns, int index, Answer answer) {
        if (index == dns.size()) {
            answer.failed();
            return;
        }
        of(loop).query(dns.get(index), question)
                .addListener((Future<AddressedEnvelope<DnsResponse, InetSocketAddress>> found) -> {
                    if (!found.isSuccess()) {
                        ask(loop, question, dns, index + 1, answer);
                        return;
                    }
                    DnsResponse response = found.getNow().content();
                    try {
                        if (response.code().equals(DnsResponseCode.NXDOMAIN)) {
                            answer.noSuchName();
                        } else if (response.code().equals(DnsResponseCode.NOERROR)) {
                            answer.found(response);
                        } else {
                            ask(loop, question, dns, index + 1, answer);
                        }
                    } finally {
                        response.release();
                    }
                });
    }

    /** For connecting to names. */
    public AddressResolverGroup<InetSocketAddress> addresses() {
        return new DnsAddressResolverGroup(builder());
    }

    /** Ends all resolvers. */
    public void close() {
        resolvers.values().forEach(DnsNameResolver::close);
    }
}
