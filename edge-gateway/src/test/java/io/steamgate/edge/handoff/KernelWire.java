package io.steamgate.edge.handoff;

import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.DeviceDecorator;
import io.steamgate.edge.link.KernelProgram;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A card of a simulated edge whose frames the real program of the kernel sees first: what it forwards leaves by the card that
 * it names, what it does not is the edge's.
 */
final class KernelWire extends DeviceDecorator {
    /** The cards of one host, by their own address. */
    static final class Host {
        KernelProgram program;
        private final Map<Long, Device> cards = new HashMap<>();
        long forwarded;
        long answered;
        long kept;

        Host(KernelProgram program) {
            this.program = program;
        }

        Device card(Device device) {
            cards.put(device.mac().bits(), device);
            return new KernelWire(device, this);
        }
    }

    private final Host host;
    /** What has arrived and was not forwarded: the edge's, when it comes to it. */
    private final ArrayDeque<Frame> arrived = new ArrayDeque<>();

    private KernelWire(Device device, Host host) {
        super(device);
        this.host = host;
    }

    private boolean forwards(Frame frame) {
        if (frame.checksumPartial()
                || frame.segmentSize() != 0
                || frame.length() < 14
                || NetworkOrder.u48(frame.memory(), frame.start())
                        != inner.mac().bits()) {
            return false;
        }
        byte[] octets = new byte[frame.length()];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) NetworkOrder.u8(frame.memory(), frame.start() + i);
        }
        Optional<byte[]> out = host.program.forward(octets);
        if (out.isEmpty()) {
            return false;
        }
        if (out.get().length == 0) {
            host.kept++;
            return true;
        }
        Frame sent = Frame.copyOf(out.get());
        long source = NetworkOrder.u48(sent.memory(), sent.start() + 6);
        Device by;
        if (source == 0) {
            // Sent back from the address that the program was shown as its interface's own: see KernelProgram.
            NetworkOrder.put48(sent.memory(), sent.start() + 6, inner.mac().bits());
            by = inner;
            host.answered++;
        } else {
            by = Objects.requireNonNull(host.cards.get(source));
            host.forwarded++;
        }
        by.transmit(sent);
        by.flush();
        return true;
    }

    /** The kernel looks at what is on the wire now, and not only when the edge does. */
    void arrive() {
        int frames;
        do {
            frames = inner.receive(frame -> {
                if (!forwards(frame)) {
                    Frame copy = Frame.copyOf(frame.toBytes());
                    copy.copyFrom(frame);
                    arrived.add(copy);
                }
            });
        } while (frames > 0);
    }

    @Override
    public int receive(Receiver receiver) {
        int waiting = arrived.size();
        for (int i = 0; i < waiting; i++) {
            receiver.receive(arrived.removeFirst());
        }
        return waiting
                + inner.receive(frame -> {
                    if (!forwards(frame)) {
                        receiver.receive(frame);
                    }
                });
    }
}
