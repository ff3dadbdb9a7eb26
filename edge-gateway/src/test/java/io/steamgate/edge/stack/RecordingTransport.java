package io.steamgate.edge.stack;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A transport that shows its packets to a test and keeps the errors it is told. */
final class RecordingTransport implements Transport {
    record Told(IcmpError error, int source, int destination, int quotedLength) {}

    private final int protocol;
    private final Consumer<IpPacket> receiver;
    final List<Told> errors = new ArrayList<>();

    RecordingTransport(int protocol, Consumer<IpPacket> receiver) {
        this.protocol = protocol;
        this.receiver = receiver;
    }

    @Override
    public int protocol() {
        return protocol;
    }

    @Override
    public void receive(IpPacket packet) {
        receiver.accept(packet);
    }

    @Override
    public void error(
            IcmpError error, int source, int destination, IpPacket quote, int quotedOffset, int quotedLength) {
        errors.add(new Told(error, source, destination, quotedLength));
    }
}
