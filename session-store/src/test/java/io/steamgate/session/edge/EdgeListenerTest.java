package io.steamgate.session.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import io.steamgate.start.AddressBlocks;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EdgeListenerTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void anEdgeMustSayForWhomItSpeaks() {
        EmbeddedChannel connection = new From("198.51.100.1");
        assertThat(accepted(true, connection)).isTrue();
        assertThat(connection.pipeline().get(EdgeConnection.class)).isNotNull();
        assertThat(connection.pipeline().get(HeadDeadline.class)).isNotNull();
    }

    @Test
    void anybodyElseMustNot() {
        EmbeddedChannel connection = new From("198.51.100.2");
        assertThat(accepted(true, connection)).isTrue();
        assertThat(connection.pipeline().get(EdgeConnection.class)).isNull();
        assertThat(connection.pipeline().get(DirectConnection.class)).isNotNull();
        assertThat(connection.pipeline().get(HeadDeadline.class)).isNotNull();
    }

    @Test
    void whoMayNotConnectIsClosedAtOnce() {
        EmbeddedChannel connection = new From("198.51.100.2");
        assertThat(accepted(false, connection)).isFalse();
        assertThat(connection.isOpen()).isFalse();
        assertThat(registry.get("steamgate.session.proxy.connections")
                        .tag("kind", "refused-untrusted")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(accepted(false, new From("198.51.100.1"))).isTrue();
    }

    private boolean accepted(boolean direct, EmbeddedChannel connection) {
        EmbeddedChannel listening = new EmbeddedChannel(new EdgeListener(
                AddressBlocks.parse(List.of("198.51.100.1")),
                direct,
                Duration.ofSeconds(15),
                new EdgeCounters(registry)));
        listening.writeInbound(connection);
        return listening.readInbound() == connection;
    }

    private static final class From extends EmbeddedChannel {
        private final String address;

        From(String address) {
            this.address = address;
        }

        @Override
        public SocketAddress remoteAddress() {
            return new InetSocketAddress(address, 40_000);
        }
    }
}
