import io.steamgate.edge.link.AfPacketDevice;
import io.steamgate.edge.link.AfPacketSettings;
import io.steamgate.edge.link.DescriptorPoller;
import io.steamgate.edge.link.Device;
import java.util.List;

/**
 * Takes a copy of every frame that arrives at the edge's interfaces and throws it away: what the edge itself would have to do
 * if its packet sockets did not hide from it what the kernel forwards.
 *
 * <p>Arguments: the two interfaces.
 */
class Copies {
    void main(String[] arguments) {
        Device left = AfPacketDevice.open(arguments[0], AfPacketSettings.defaults());
        Device right = AfPacketDevice.open(arguments[1], AfPacketSettings.defaults());
        DescriptorPoller poller = new DescriptorPoller(List.of(left, right));
        Device.Receiver nothing = frame -> {};
        while (true) {
            if (left.receive(nothing) + right.receive(nothing) == 0) {
                poller.await(Long.MAX_VALUE);
            }
        }
    }
}
