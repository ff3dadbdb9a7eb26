import io.steamgate.edge.link.AfPacketDevice;
import io.steamgate.edge.link.AfPacketSettings;
import io.steamgate.edge.link.DescriptorPoller;
import io.steamgate.edge.link.Device;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.List;

/**
 * The edge's devices and sleep with nothing above them: every frame for us goes out on the other side with new MAC
 * addresses. What this costs, every user-space edge costs on such devices; what the edge costs more is its own.
 *
 * <p>Arguments: the two interfaces, each followed by the MAC address of the host at its far end.
 */
class BareForwarder {
    void main(String[] arguments) {
        Device left = AfPacketDevice.open(arguments[0], AfPacketSettings.defaults());
        Device right = AfPacketDevice.open(arguments[2], AfPacketSettings.defaults());
        DescriptorPoller poller = new DescriptorPoller(List.of(left, right));
        Device.Receiver fromLeft = forward(left, right, MacAddress.parse(arguments[3]).bits());
        Device.Receiver fromRight = forward(right, left, MacAddress.parse(arguments[1]).bits());
        while (true) {
            int frames = left.receive(fromLeft);
            right.flush();
            frames += right.receive(fromRight);
            left.flush();
            if (frames == 0) {
                poller.await(Long.MAX_VALUE);
            }
        }
    }

    private static Device.Receiver forward(Device from, Device to, long next) {
        long mine = from.mac().bits();
        long source = to.mac().bits();
        return frame -> {
            if (NetworkOrder.u48(frame.memory(), frame.start() + EthernetView.DESTINATION) == mine) {
                NetworkOrder.put48(frame.memory(), frame.start() + EthernetView.DESTINATION, next);
                NetworkOrder.put48(frame.memory(), frame.start() + EthernetView.SOURCE, source);
                to.transmit(frame);
            }
        };
    }
}
