package io.steamgate.mail.destination;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsSection;
import io.steamgate.mail.smtp.Reply;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
        resolvers.ask(loop, name, DnsRecordType.MX, new Resolvers.Answer() {
            @Override
            public void found(DnsResponse response) {
                answered(name, exchanges(response), answer);
            }

            @Override
            public void noSuchName() {
                answer.failed(NO_DOMAIN);
            }

            @Override
            public void failed() {
                answer.failed(LOOKUP_FAILED);
            }
        });
    }

    private List<Exchange> exchanges(DnsResponse response) {
        List<Exchange> exchanges = new ArrayList<>();
        for (int i = 0; i < response.count(DnsSection.ANSWER); i++) {
            if (response.recordAt(DnsSection.ANSWER, i) instanceof DnsRawRecord raw
                    && raw.type().equals(DnsRecordType.MX)
                    && raw.content().readableBytes() > 2) {
                ByteBuf content = raw.content();
                int preference = content.readUnsignedShort();
                String name = DefaultDnsRecordDecoder.decodeName(content).replaceFirst("\\.$", "");
                exchanges.add(new Exchange(preference, random.nextInt(), name));
            }
        }
        return exchanges;
    }

    private void answered(String name, List<Exchange> exchanges, Answer answer) {
        if (exchanges.isEmpty()) {
            // Without MX the domain is its own server.
            answer.found(List.of(server(name)));
            return;
        }
        List<Server> servers = exchanges.stream()
                .filter(exchange -> ReverseNames.isHost(exchange.name()))
                .sorted(Comparator.comparingInt(Exchange::preference).thenComparingInt(Exchange::chance))
                .limit(MAX)
                .map(exchange -> server(exchange.name()))
                .toList();
        if (servers.isEmpty()) {
            answer.failed(NULL_MX);
        } else {
            answer.found(servers);
        }
    }

    private Server server(String name) {
        return new Server(name, InetSocketAddress.createUnresolved(name, port));
    }

    private void literal(String domain, Answer answer) {
        String text = domain.substring(1, domain.length() - 1);
        String literal = text.regionMatches(true, 0, "IPv6:", 0, 5) ? text.substring(5) : text;
        try {
            answer.found(List.of(new Server(literal, new InetSocketAddress(InetAddress.ofLiteral(literal), port))));
        } catch (IllegalArgumentException e) {
            answer.failed(NO_DOMAIN);
        }
    }
}
