package io.steamgate.mail.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import io.steamgate.mail.DnsFixture;
import io.steamgate.mail.destination.Resolvers;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Mailbox;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.apache.james.jspf.executor.SPFResult;
import org.apache.james.jspf.impl.DNSServiceXBillImpl;
import org.apache.james.jspf.impl.SPF;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.SimpleResolver;

@Timeout(30)
class PoliciesTest {
    private final NioEventLoopGroup group = new NioEventLoopGroup(1);
    private final EventLoop loop = group.next();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final InstantSource clock = () -> now;
    private final List<String> judged = new ArrayList<>();

    @AfterEach
    void end() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private Policy.Question question(String client, String sender, String recipient) {
        return new Policy.Question(
                loop,
                new Client(
                        new InetSocketAddress(InetAddress.ofLiteral(client), 1),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 25),
                        "client.test",
                        true,
                        Optional.empty(),
                        Optional.empty()),
                new ReversePath(
                        Optional.of(new Mailbox("s", sender)), -1, false, false, Optional.empty(), Optional.empty()),
                new Recipient(new Mailbox(recipient, "a.test"), Optional.empty(), Optional.empty()));
    }

    private String ask(Policies policies, String client, String sender, String recipient) throws InterruptedException {
        SynchronousQueue<Optional<Reply>> answer = new SynchronousQueue<>();
        loop.execute(() -> policies.judge(question(client, sender, recipient), reply -> {
            Thread.ofVirtual().start(() -> {
                try {
                    answer.put(reply);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }));
        Optional<Reply> reply = answer.poll(20, TimeUnit.SECONDS);
        assertThat(reply).isNotNull();
        return reply.map(r -> r.wire().strip()).orElse("pass");
    }

    private Policies policies(Policy... policies) {
        return new Policies(
                List.of(policies),
                (policy, judgement) -> judged.add(policy.name() + (judgement.failed() ? " unknown" : "")));
    }

    @Test
    void aClientThatComesBackAfterAWhileIsBelieved() throws Exception {
        Greylist greylist = new Greylist(new LocalState(clock, 10), clock, Duration.ofMinutes(5), Duration.ofDays(36));
        assertThat(ask(policies(greylist), "192.0.2.1", "x.test", "joe")).startsWith("451 4.7.1");
        now = now.plusSeconds(299);
        assertThat(ask(policies(greylist), "192.0.2.1", "x.test", "joe")).startsWith("451 4.7.1");
        now = now.plusSeconds(1);
        assertThat(ask(policies(greylist), "192.0.2.200", "X.test", "JOE"))
                .as("from another address of its network")
                .isEqualTo("pass");
        assertThat(ask(policies(greylist), "192.0.3.1", "x.test", "joe")).startsWith("451");
        assertThat(ask(policies(greylist), "192.0.2.1", "x.test", "jim")).startsWith("451");
        now = now.plus(Duration.ofDays(37));
        assertThat(ask(policies(greylist), "192.0.2.1", "x.test", "joe"))
                .as("forgotten")
                .startsWith("451");
    }

    @Test
    void theAddressesOfOneNetworkOfIpv6HaveOneRate() throws InterruptedException {
        RateLimit rate = new RateLimit(new LocalState(clock, 10), 1, Duration.ofMinutes(1));
        assertThat(ask(policies(rate), "2001:db8::1", "x.test", "a")).isEqualTo("pass");
        assertThat(ask(policies(rate), "2001:db8:0:0:ffff::1", "x.test", "a")).startsWith("450 4.7.1");
        assertThat(ask(policies(rate), "2001:db8:0:1::1", "x.test", "a")).isEqualTo("pass");
    }

    @Test
    void aClientThatNamesTooManyRecipientsIsDeferredUntilItsWindowIsOver() throws Exception {
        RateLimit rate = new RateLimit(new LocalState(clock, 10), 2, Duration.ofMinutes(1));
        Policies transaction = policies(rate);
        assertThat(ask(transaction, "192.0.2.1", "x.test", "a")).isEqualTo("pass");
        assertThat(ask(transaction, "192.0.2.1", "x.test", "b")).isEqualTo("pass");
        assertThat(ask(transaction, "192.0.2.1", "x.test", "c")).startsWith("450 4.7.1");
        assertThat(ask(policies(rate), "192.0.2.2", "x.test", "c")).isEqualTo("pass");
        now = now.plusSeconds(60);
        assertThat(ask(policies(rate), "192.0.2.1", "x.test", "c")).isEqualTo("pass");
    }

    @Test
    void stateThatCannotBeAskedLetsPass() throws Exception {
        SharedState broken = new SharedState() {
            @Override
            public CompletionStage<Long> add(String key, long amount, Duration window) {
                return CompletableFuture.failedFuture(new IllegalStateException("away"));
            }

            @Override
            public CompletionStage<Long> firstSeen(String key, Duration lifespan) {
                return CompletableFuture.failedFuture(new IllegalStateException("away"));
            }
        };
        Policies transaction = policies(
                new RateLimit(broken, 1, Duration.ofMinutes(1)),
                new Greylist(broken, clock, Duration.ofMinutes(5), Duration.ofDays(1)));
        assertThat(ask(transaction, "192.0.2.1", "x.test", "joe")).isEqualTo("pass");
        assertThat(judged).containsExactly("rate unknown", "greylist unknown");
    }

    @Test
    void localStateForgetsWhatWasLongestNotAskedFor() throws Exception {
        LocalState state = new LocalState(clock, 2);
        state.add("a", 1, Duration.ofMinutes(1));
        state.add("b", 1, Duration.ofMinutes(1));
        state.add("a", 1, Duration.ofMinutes(1));
        state.add("c", 1, Duration.ofMinutes(1));
        assertThat(state.add("a", 1, Duration.ofMinutes(1))
                        .toCompletableFuture()
                        .get())
                .isEqualTo(3);
        assertThat(state.add("b", 1, Duration.ofMinutes(1))
                        .toCompletableFuture()
                        .get())
                .isEqualTo(1);
    }

    @Test
    void aListedClientIsRefusedOrMarked() throws Exception {
        try (DnsFixture dns = new DnsFixture(
                "9.2.0.192.list.test A 127.0.0.2",
                "8.2.0.192.list.test A 192.0.2.1",
                "7.2.0.192.list.test A 127.255.255.254")) {
            Resolvers resolvers = new Resolvers(List.of(dns.address()), Duration.ofSeconds(1));
            BlockList.Lookup lookup = (on, name) -> resolvers.of(on).resolveAll(name);
            BlockList refuse = new BlockList(lookup, List.of("silent.test", "list.test"), Action.REFUSE);
            assertThat(ask(policies(refuse), "192.0.2.9", "x.test", "joe"))
                    .isEqualTo("554 5.7.1 192.0.2.9 is listed at list.test");
            assertThat(ask(policies(refuse), "192.0.2.8", "x.test", "joe"))
                    .as("a zone that points elsewhere lists nobody")
                    .isEqualTo("pass");
            judged.clear();
            assertThat(ask(
                            policies(new BlockList(lookup, List.of("list.test"), Action.REFUSE)),
                            "192.0.2.7",
                            "x.test",
                            "joe"))
                    .as("a zone that says that it does not answer lists nobody")
                    .isEqualTo("pass");
            assertThat(judged).containsExactly("dnsbl unknown");
            Policies marking = policies(new BlockList(lookup, List.of("list.test"), Action.MARK));
            assertThat(ask(marking, "192.0.2.9", "x.test", "joe")).isEqualTo("pass");
            assertThat(ask(marking, "192.0.2.9", "x.test", "jim")).isEqualTo("pass");
            assertThat(marking.trace()).as("once").isEqualTo("X-DNSBL: 192.0.2.9 is listed at list.test\r\n");
        }
    }

    @Test
    void addressesAreWrittenBackwards() {
        assertThat(BlockList.reversed(InetAddress.ofLiteral("192.0.2.99"))).isEqualTo("99.2.0.192");
        assertThat(BlockList.reversed(InetAddress.ofLiteral("2001:db8::1")))
                .isEqualTo("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
    }

    @Test
    void spfRefusesWhomTheSendersDomainDoesNotKnow() throws Exception {
        try (DnsFixture dns = new DnsFixture("x.test TXT \"v=spf1 ip4:192.0.2.0/24 -all\"", "none.test A 192.0.2.1")) {
            SimpleResolver resolver = new SimpleResolver(dns.address());
            resolver.setTimeout(Duration.ofSeconds(2));
            SPF spf = new SPF(new DNSServiceXBillImpl(resolver));
            SenderPolicy refuse = new SenderPolicy(spf, Runnable::run, Action.REFUSE, "relay.test");
            assertThat(ask(policies(refuse), "198.51.100.1", "x.test", "joe")).startsWith("550 5.7.23");
            Policies good = policies(refuse);
            assertThat(ask(good, "192.0.2.1", "x.test", "joe")).isEqualTo("pass");
            assertThat(good.trace())
                    .isEqualTo("Received-SPF: pass receiver=relay.test; client-ip=192.0.2.1;\r\n"
                            + "\tenvelope-from=\"s@x.test\"; helo=client.test;\r\n");
            Policies marking = policies(new SenderPolicy(spf, Runnable::run, Action.MARK, "relay.test"));
            assertThat(ask(marking, "198.51.100.1", "x.test", "joe")).isEqualTo("pass");
            assertThat(marking.trace()).startsWith("Received-SPF: fail ");
            Policies none = policies(refuse);
            assertThat(ask(none, "192.0.2.1", "none.test", "joe")).isEqualTo("pass");
            assertThat(none.trace()).startsWith("Received-SPF: none ");
        }
    }

    /** jSPF looks at records by regular expressions. */
    @Test
    void aRecordThatIsTooMuchForTheLibraryIsAnsweredToo() throws Exception {
        SPF overwhelmed = new SPF(new DNSServiceXBillImpl(new SimpleResolver("192.0.2.1"))) {
            @Override
            public SPFResult checkSPF(String address, String sender, String helo) {
                throw new StackOverflowError();
            }
        };
        Policies policies = policies(new SenderPolicy(overwhelmed, Runnable::run, Action.REFUSE, "relay.test"));
        assertThat(ask(policies, "198.51.100.1", "x.test", "joe")).isEqualTo("pass");
    }

    @Test
    void aRefusalOfTheClientStandsForAllItsRecipients() throws Exception {
        int[] asked = {0};
        Policy client = new Policy() {
            @Override
            public String name() {
                return "client";
            }

            @Override
            public boolean isPerRecipient() {
                return false;
            }

            @Override
            public void judge(Question question, java.util.function.Consumer<Judgement> answer) {
                asked[0]++;
                answer.accept(Judgement.refuse(Reply.of(554, "5.7.1 no")));
            }
        };
        Policies transaction = policies(client);
        assertThat(ask(transaction, "192.0.2.1", "x.test", "a")).startsWith("554");
        assertThat(ask(transaction, "192.0.2.1", "x.test", "b")).startsWith("554");
        assertThat(asked[0]).isEqualTo(1);
    }
}
