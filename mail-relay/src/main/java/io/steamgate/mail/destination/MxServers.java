package io.steamgate.mail.destination;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.steamgate.mail.smtp.Reply;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/** The servers of a domain by DNS (RFC 5321 §5.1): MX in order of preference, otherwise the domain itself. */
public final class MxServers implements Servers {
    /** Servers that are tried at most. */
    private static final int MAX = 10;

    private static final Reply LOOKUP_FAILED = Reply.of(451, "4.4.3 Looking up the recipient's domain failed");
    private static final Reply NO_DOMAIN = Reply.of(550, "5.1.2 Recipient's domain does not exist");
    /** RFC 7505 §4.2. */
    private static final Reply NULL_MX = Reply.of(556, "5.1.10 Recipient's domain takes no mail");

    private record Exchange(int preference, int chance, String name) {}

    private final Resolvers resolvers;
    private final RandomGenerator random;
    private final int port;

    public MxServers(Resolvers resolvers, RandomGenerator random, int port) {
        this.resolvers = resolvers;
        this.random = random;
        this.port = port;
    }

    @Override
    public String place(String domain) {
        return domain;
    }

    @Override
    public void find(EventLoop loop, String domain, Answer answer) {
        if (domain.startsWith("[")) {
            literal(domain, answer);
            return;
        }
        String name;
        try {
            name = java.net.IDN.toASCII(domain);
        } catch (IllegalArgumentException e) {
            answer.failed(NO_DOMAIN);
            return;
        }
        resolvers
                .of(loop)
                .resolveAll(new DefaultDnsQuestion(name + ".", DnsRecordType.MX))
                .addListener((Future<List<DnsRecord>> found) -> answered(name, found, answer));
    }

    private void answered(String name, Future<List<DnsRecord>> found, Answer answer) {
        if (!found.isSuccess()) {
            boolean none = isNoAnswer(found.cause());
            if (!none) {
                answer.failed(isNoDomain(found.cause()) ? NO_DOMAIN : LOOKUP_FAILED);
            } else {
                // No MX: the domain is its own server.
                answer.found(List.of(server(name)));
            }
            return;
        }
        List<Exchange> exchanges = new ArrayList<>();
        for (DnsRecord record : found.getNow()) {
            if (record instanceof DnsRawRecord raw && raw.type().equals(DnsRecordType.MX)) {
                ByteBuf content = raw.content();
                if (content.readableBytes() > 2) {
                    int preference = content.readUnsignedShort();
                    String exchange = DefaultDnsRecordDecoder.decodeName(content);
                    exchanges.add(new Exchange(preference, random.nextInt(), exchange));
                }
            }
            ReferenceCountUtil.release(record);
        }
        if (exchanges.size() == 1 && exchanges.getFirst().name().equals(".")) {
            answer.failed(NULL_MX);
            return;
        }
        List<Server> servers = exchanges.stream()
                .filter(exchange -> !exchange.name().equals("."))
                .sorted(Comparator.comparingInt(Exchange::preference).thenComparingInt(Exchange::chance))
                .limit(MAX)
                .map(exchange ->
                        server(exchange.name().substring(0, exchange.name().length() - 1)))
                .toList();
        if (servers.isEmpty()) {
            answer.found(List.of(server(name)));
        } else {
            answer.found(servers);
        }
    }

    private Server server(String name) {
        return new Server(name, InetSocketAddress.createUnresolved(name, port));
    }

    private void literal(String domain, Answer answer) {
        String text = domain.substring(1, domain.length() - 1);
        try {
            InetAddress address =
                    InetAddress.ofLiteral(text.regionMatches(true, 0, "IPv6:", 0, 5) ? text.substring(5) : text);
            answer.found(List.of(new Server(text, new InetSocketAddress(address, port))));
        } catch (IllegalArgumentException e) {
            answer.failed(NO_DOMAIN);
        }
    }

    private static boolean isNoDomain(Throwable cause) {
        return code(cause) == DnsResponseCode.NXDOMAIN.intValue();
    }

    /** NOERROR without records of the type: the one failure that has no cause. A test holds Netty to it. */
    private static boolean isNoAnswer(Throwable failure) {
        return failure instanceof UnknownHostException && failure.getCause() == null;
    }

    private static int code(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DnsErrorCauseException error) {
                return error.getCode().intValue();
            }
        }
        return -1;
    }
}
