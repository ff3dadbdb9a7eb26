package io.steamgate.mail.destination;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import io.steamgate.mail.DnsFixture;
import io.steamgate.mail.smtp.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MxServersTest {
    private final NioEventLoopGroup group = new NioEventLoopGroup(1);
    private DnsFixture dns;
    private MxServers servers;

    @BeforeEach
    void start() throws Exception {
        dns = new DnsFixture(
                "a.test MX 20 second.test.",
                "a.test MX 10 first.test.",
                "alone.test A 192.0.2.1",
                "null.test MX 0 .",
                "twice.test MX 0 .",
                "twice.test MX 10 .",
                "odd.test MX 10 odd\\010name.test.",
                "odd.test MX 20 first.test.",
                "odder.test MX 10 a\\.b.test.",
                "xn--bcher-kva.test MX 10 first.test.");
        servers = new MxServers(new Resolvers(List.of(dns.address()), Duration.ofSeconds(1)), new Random(1), 25);
    }

    @AfterEach
    void end() {
        dns.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private String find(String domain) throws InterruptedException {
        BlockingQueue<String> answer = new ArrayBlockingQueue<>(1);
        EventLoop loop = group.next();
        loop.execute(() -> servers.find(loop, domain, new Servers.Answer() {
            @Override
            public void found(List<Server> found) {
                answer.add(found.toString());
            }

            @Override
            public void failed(Reply reply) {
                answer.add(reply.wire().strip());
            }
        }));
        String found = answer.poll(20, TimeUnit.SECONDS);
        assertThat(found).isNotNull();
        return found;
    }

    @Test
    void theServersOfADomainAreThoseOfItsMxInOrderOfPreference() throws Exception {
        assertThat(find("a.test")).isEqualTo("[first.test:25, second.test:25]");
        assertThat(find("bücher.test")).isEqualTo("[first.test:25]");
    }

    @Test
    void aDomainWithoutMxIsItsOwnServer() throws Exception {
        assertThat(find("alone.test")).isEqualTo("[alone.test:25]");
        assertThat(find("[192.0.2.7]")).isEqualTo("[192.0.2.7:25]");
        assertThat(find("[IPv6:2001:db8::1]")).isEqualTo("[2001:db8::1:25]");
    }

    @Test
    void aDomainThatTakesNoMailOrIsNotThereIsRefusedForGood() throws Exception {
        assertThat(find("null.test")).startsWith("556 5.1.10");
        assertThat(find("missing.test")).startsWith("550 5.1.2");
        assertThat(find("[nonsense]")).startsWith("550 5.1.2");
    }

    /** A label may hold any octet, a line end for the log too. */
    @Test
    void whatIsNoNameOfAHostIsNoServer() throws Exception {
        assertThat(find("odd.test")).isEqualTo("[first.test:25]");
        assertThat(find("twice.test"))
                .as("nor is the domain, which has named others")
                .startsWith("556 5.1.10");
    }

    @Test
    void aLookUpThatFailsIsTriedAgainLater() throws Exception {
        assertThat(find("silent.test")).startsWith("451 4.4.3");
        assertThat(find("broken.test")).as("SERVFAIL").startsWith("451 4.4.3");
        assertThat(find("refused.test")).as("REFUSED").startsWith("451 4.4.3");
    }
}
