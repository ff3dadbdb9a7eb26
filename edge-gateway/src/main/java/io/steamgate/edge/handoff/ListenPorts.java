package io.steamgate.edge.handoff;

import io.steamgate.edge.route.Listener;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.PortRange;
import io.steamgate.edge.route.TcpOptions;
import io.steamgate.edge.tcp.ListenOptions;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpListener;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The ports that listeners have open, and what their SYN-ACKs promise. */
final class ListenPorts {
    private final Tcp tcp;
    private final DatagramPath datagrams;
    private final FollowBudget budget;
    private final List<Ipv4Address> vips;
    private final BiConsumer<ListenerState, TcpConnection> accepted;
    private @Nullable KernelDoors doors;
    private final Map<ListenerState, List<TcpListener>> listening = new HashMap<>();

    /**
     * @param vips the addresses that listeners without one of their own listen on
     * @param accepted gets each connection whose handshake is complete
     */
    ListenPorts(
            Tcp tcp,
            DatagramPath datagrams,
            FollowBudget budget,
            List<Ipv4Address> vips,
            BiConsumer<ListenerState, TcpConnection> accepted) {
        this.tcp = tcp;
        this.datagrams = datagrams;
        this.budget = budget;
        this.vips = List.copyOf(vips);
        this.accepted = accepted;
    }

    /** Has the kernel answer SYNs of listeners that are opened from now on. */
    void answerBy(KernelDoors kernel) {
        doors = kernel;
    }

    void open(ListenerState state) {
        Listener listener = state.listener();
        List<Ipv4Address> addresses = listener.address().map(List::of).orElse(vips);
        if (listener.protocol().datagrams()) {
            datagrams.listen(state, addresses);
            return;
        }
        List<TcpListener> ports = new ArrayList<>();
        for (Ipv4Address address : addresses) {
            for (PortRange range : listener.ports()) {
                ports.add(tcp.listen(
                        address.bits(),
                        range.first(),
                        range.last(),
                        new Terms(state),
                        connection -> accepted.accept(state, connection)));
                if (doors != null) {
                    doors.open(state, address, range);
                }
            }
        }
        listening.put(state, ports);
    }

    void close(ListenerState state) {
        datagrams.close(state);
        List<TcpListener> ports = listening.remove(state);
        if (ports != null) {
            ports.forEach(TcpListener::close);
        }
        if (doors != null) {
            doors.close(state);
        }
    }

    /** What a listener promises and buffers, asked at each SYN. */
    private final class Terms implements ListenOptions {
        private final ListenerState listener;

        Terms(ListenerState listener) {
            this.listener = listener;
        }

        @Override
        public SynOffer offer() {
            TcpOptions options = listener.offer();
            return new SynOffer(options.mss(), options.windowScale(), options.sack(), options.timestamps());
        }

        @Override
        public int receiveLimit() {
            return Gateway.followBytes(listener);
        }

        @Override
        public boolean admit(int client) {
            return budget.has(receiveLimit()) && listener.admit(new Ipv4Address(client));
        }
    }
}
