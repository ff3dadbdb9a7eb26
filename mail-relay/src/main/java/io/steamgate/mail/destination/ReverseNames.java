package io.steamgate.mail.destination;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsPtrRecord;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsSection;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.xbill.DNS.ReverseMap;

/**
 * Names of hosts by their addresses, as Postfix finds them: what the address's owner says (PTR) counts only if the name's
 * owner says the same (A, AAAA).
 */
public final class ReverseNames {
    /** A label may hold any octet, a dot too: only a name of a host can be asked for, and be told on. */
    private static final Pattern HOST = Pattern.compile("(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*");

    static boolean isHost(String name) {
        return HOST.matcher(name).matches();
    }

    private final Resolvers resolvers;

    public ReverseNames(Resolvers resolvers) {
        this.resolvers = resolvers;
    }

    void find(EventLoop loop, InetAddress address, Consumer<Xclient.HostName> answer) {
        String question = ReverseMap.fromAddress(address).toString(true);
        resolvers.ask(loop, question, DnsRecordType.PTR, new Answer(Optional.empty(), answer) {
            @Override
            public void found(DnsResponse response) {
                Optional<String> claimed = pointer(response);
                if (claimed.isEmpty()) {
                    noSuchName();
                } else {
                    confirm(loop, claimed.get(), address, answer);
                }
            }
        });
    }

    private void confirm(EventLoop loop, String claimed, InetAddress address, Consumer<Xclient.HostName> answer) {
        DnsRecordType type = address instanceof Inet6Address ? DnsRecordType.AAAA : DnsRecordType.A;
        resolvers.ask(loop, claimed, type, new Answer(Optional.of(claimed), answer) {
            @Override
            public void found(DnsResponse response) {
                Optional<String> name = Optional.of(claimed).filter(_ -> holds(response, address.getAddress()));
                answer.accept(new Xclient.HostName(name, Optional.of(claimed), false));
            }
        });
    }

    private static Optional<String> pointer(DnsResponse response) {
        for (int i = 0; i < response.count(DnsSection.ANSWER); i++) {
            if (response.recordAt(DnsSection.ANSWER, i) instanceof DnsPtrRecord pointer) {
                String name = pointer.hostname().replaceFirst("\\.$", "");
                return Optional.of(name).filter(ReverseNames::isHost);
            }
        }
        return Optional.empty();
    }

    private static boolean holds(DnsResponse response, byte[] address) {
        for (int i = 0; i < response.count(DnsSection.ANSWER); i++) {
            if (response.recordAt(DnsSection.ANSWER, i) instanceof DnsRawRecord raw) {
                ByteBuf content = raw.content();
                boolean typed = raw.type().equals(DnsRecordType.A) || raw.type().equals(DnsRecordType.AAAA);
                if (typed && Arrays.equals(ByteBufUtil.getBytes(content), address)) {
                    return true;
                }
            }
        }
        return false;
    }

    private abstract static class Answer implements Resolvers.Answer {
        private final Optional<String> claimed;
        private final Consumer<Xclient.HostName> answer;

        Answer(Optional<String> claimed, Consumer<Xclient.HostName> answer) {
            this.claimed = claimed;
            this.answer = answer;
        }

        @Override
        public void noSuchName() {
            answer.accept(new Xclient.HostName(Optional.empty(), claimed, false));
        }

        @Override
        public void failed() {
            answer.accept(new Xclient.HostName(Optional.empty(), claimed, true));
        }
    }
}
