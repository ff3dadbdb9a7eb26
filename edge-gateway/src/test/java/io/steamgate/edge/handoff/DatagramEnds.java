package io.steamgate.edge.handoff;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.steamgate.edge.stack.IcmpError;
import io.steamgate.edge.stack.Udp;
import io.steamgate.edge.stack.UdpDatagram;
import io.steamgate.edge.stack.UdpHandler;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.ProxyHeader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Who sends datagrams and who answers them, on the simulated hosts. */
final class DatagramEnds {
    private DatagramEnds() {}

    /** What arrived at an end: from whom, and what. */
    record Got(String from, String text) {}

    private static String socket(int address, int port) {
        return new Ipv4Address(address) + ":" + port;
    }

    private static void send(SimulatedHost host, int from, int fromPort, int to, int toPort, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        host.stack.udp().send(from, fromPort, to, toPort, MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    /** A site that answers each question with the same in capitals. */
    static final class Site implements UdpHandler {
        final List<Got> got = new ArrayList<>();
        final List<byte[]> raw = new ArrayList<>();
        boolean silent;
        /** Whether a PROXY header precedes each question. */
        boolean introduced;

        private final SimulatedHost host;

        Site(SimulatedHost host, int address) {
            this.host = host;
            host.stack.udp().bind(address, 5353, this);
        }

        @Override
        public void receive(UdpDatagram datagram) {
            byte[] bytes = datagram.toBytes();
            raw.add(bytes);
            int head = introduced ? ProxyHeader.LENGTH_V4 : 0;
            String text = new String(Arrays.copyOfRange(bytes, head, bytes.length), UTF_8);
            got.add(new Got(socket(datagram.source(), datagram.sourcePort()), text));
            if (!silent) {
                send(
                        host,
                        datagram.destination(),
                        datagram.destinationPort(),
                        datagram.source(),
                        datagram.sourcePort(),
                        text.toUpperCase(Locale.ROOT));
            }
        }
    }

    /** One port of the client. */
    static final class Asker implements UdpHandler {
        final List<Got> got = new ArrayList<>();
        final List<IcmpError> errors = new ArrayList<>();
        private final HandoffNetwork network;
        private final Udp.Binding binding;

        Asker(HandoffNetwork network, int port) {
            this.network = network;
            binding = network.client.stack.udp().bind(HandoffNetwork.CLIENT, port, this);
        }

        @Override
        public void receive(UdpDatagram datagram) {
            got.add(new Got(socket(datagram.source(), datagram.sourcePort()), new String(datagram.toBytes(), UTF_8)));
        }

        @Override
        public void error(IcmpError error, int destination, int destinationPort) {
            errors.add(error);
        }

        Asker ask(String text) {
            send(network.client, HandoffNetwork.CLIENT, binding.port(), HandoffNetwork.VIP, 53, text);
            network.settle();
            return this;
        }
    }
}
