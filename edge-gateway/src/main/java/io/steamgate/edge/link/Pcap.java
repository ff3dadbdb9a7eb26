package io.steamgate.edge.link;

import java.util.Locale;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.packet.namednumber.DataLinkType;

/** What the devices on libpcap share: how it is opened, and what its errors mean to an operator. */
final class Pcap {
    /** Nothing is cut: super-frames of a recorded device too. */
    static final int SNAPSHOT = 262_144;

    /** Opens something of libpcap. */
    interface Opening<T> {
        T open() throws PcapNativeException, NotOpenException;
    }

    private Pcap() {}

    /** @param what the interface or file, for the message */
    static <T> T open(String what, Opening<T> opening) {
        try {
            return opening.open();
        } catch (UnsatisfiedLinkError e) {
            throw new LinkException("libpcap is missing: apt-get install libpcap0.8", e);
        } catch (LinkageError e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new LinkException(
                    cause instanceof UnsatisfiedLinkError
                            ? "libpcap is missing: apt-get install libpcap0.8"
                            : "pcap cannot be used here (" + cause.getMessage()
                                    + "): use steamgate.edge.link=af-packet",
                    e);
        } catch (PcapNativeException | NotOpenException e) {
            String message = String.valueOf(e.getMessage());
            boolean permission = message.toLowerCase(Locale.ROOT).contains("permi");
            throw new LinkException(
                    permission
                            ? "pcap on " + what
                                    + " needs CAP_NET_RAW: run as root, or give the process or container NET_RAW"
                            : "pcap on " + what + ": " + message.strip(),
                    e);
        }
    }

    static void requireEthernet(String what, PcapHandle handle) {
        if (!handle.getDlt().equals(DataLinkType.EN10MB)) {
            DataLinkType type = handle.getDlt();
            handle.close();
            throw new LinkException(what + " does not carry Ethernet but " + type.name());
        }
    }
}
