package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Timestamp;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapDumper;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * Records what passes a device, both ways, as a capture file. A full file {@code edge.pcap} becomes {@code edge.pcap.1},
 * that one {@code edge.pcap.2}, and so on; the oldest goes. Costs a copy and an allocation a frame: for looking, not for
 * load. A recorder that cannot write stops recording, never the device.
 */
public final class PcapRecorder extends DeviceDecorator {
    private static final System.Logger LOG = System.getLogger(PcapRecorder.class.getName());
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;

    private final Path file;
    private final long largest;
    private final int files;
    private final InstantSource time;
    private final PcapHandle dead;
    private @Nullable PcapDumper dumper;
    private long written;
    private Receiver receiver = frame -> {};

    /**
     * @param largest bytes after which a file is full
     * @param files how many are kept, the current one included; at least 1
     * @throws LinkException when the first file cannot be written
     */
    public PcapRecorder(Device inner, Path file, long largest, int files, InstantSource time) {
        super(inner);
        this.file = file;
        this.largest = largest;
        this.files = files;
        this.time = time;
        dead = Pcap.open(file.toString(), () -> Pcaps.openDead(DataLinkType.EN10MB, Pcap.SNAPSHOT));
        dumper = Pcap.open(file.toString(), () -> dead.dumpOpen(file.toString()));
        written = FILE_HEADER;
    }

    private void record(Frame frame) {
        PcapDumper current = dumper;
        if (current == null) {
            return;
        }
        try {
            if (written + RECORD_HEADER + frame.length() > largest && written > FILE_HEADER) {
                current.close();
                current = rotate();
            }
            current.dumpRaw(frame.toBytes(), Timestamp.from(time.instant()));
            written += RECORD_HEADER + frame.length();
        } catch (IOException | PcapNativeException | NotOpenException e) {
            LOG.log(Level.WARNING, "recording to {0} has ended: {1}", file, e.getMessage());
            dumper = null;
        }
    }

    private PcapDumper rotate() throws IOException, PcapNativeException, NotOpenException {
        for (int i = files - 1; i > 0; i--) {
            Path younger = i == 1 ? file : numbered(i - 1);
            if (Files.exists(younger)) {
                Files.move(younger, numbered(i), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        PcapDumper next = dead.dumpOpen(file.toString());
        dumper = next;
        written = FILE_HEADER;
        return next;
    }

    private Path numbered(int i) {
        return file.resolveSibling(file.getFileName() + "." + i);
    }

    @Override
    public int receive(Receiver receiver) {
        this.receiver = receiver;
        int count = inner.receive(this::recordAndPass);
        if (count == 0) {
            sync();
        }
        return count;
    }

    private void recordAndPass(Frame frame) {
        record(frame);
        receiver.receive(frame);
    }

    @Override
    public void transmit(Frame frame) {
        record(frame);
        inner.transmit(frame);
    }

    /** What is recorded is in the file whenever the loop has nothing else to do. */
    private void sync() {
        PcapDumper current = dumper;
        if (current != null) {
            try {
                current.flush();
            } catch (PcapNativeException | NotOpenException e) {
                LOG.log(Level.WARNING, "recording to {0} has ended: {1}", file, e.getMessage());
                dumper = null;
            }
        }
    }

    @Override
    public void close() {
        PcapDumper current = dumper;
        if (current != null) {
            current.close();
            dumper = null;
        }
        dead.close();
        inner.close();
    }
}
