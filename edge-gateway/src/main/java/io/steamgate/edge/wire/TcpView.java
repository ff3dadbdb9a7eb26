package io.steamgate.edge.wire;

import java.lang.foreign.MemorySegment;

/**
 * A look at a TCP segment in packet memory (RFC 9293 section 3.1). One instance is moved from packet to packet by {@link
 * #wrap}; after that answered true no accessor can throw.
 */
public final class TcpView {
    /** The header without options. */
    public static final int HEADER = 20;
    /** The largest header: fifteen words. */
    public static final int MAX_HEADER = 60;

    public static final int SOURCE_PORT = 0;
    public static final int DESTINATION_PORT = 2;
    public static final int SEQUENCE = 4;
    public static final int ACKNOWLEDGMENT = 8;
    public static final int DATA_OFFSET = 12;
    public static final int FLAGS = 13;
    public static final int WINDOW = 14;
    public static final int CHECKSUM = 16;
    public static final int URGENT_POINTER = 18;

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;
    public static final int ECE = 0x40;
    public static final int CWR = 0x80;

    private MemorySegment memory = MemorySegment.NULL;
    private int offset;
    private int length;
    private int headerLength;

    /**
     * Moves the view.
     *
     * @param offset of the TCP header in {@code memory}
     * @param length bytes of header and payload, all within {@code memory}
     * @return false when these are no TCP segment: shorter than a header, or a data offset under five words or beyond the
     *     end; the view is then not to be used
     */
    public boolean wrap(MemorySegment memory, int offset, int length) {
        if (length < HEADER || offset < 0 || offset > memory.byteSize() - length) {
            return false;
        }
        int header = (NetworkOrder.u8(memory, offset + DATA_OFFSET) >>> 4) * 4;
        if (header < HEADER || header > length) {
            return false;
        }
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        headerLength = header;
        return true;
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Of the header in {@link #memory}. */
    public int offset() {
        return offset;
    }

    public int sourcePort() {
        return NetworkOrder.u16(memory, offset + SOURCE_PORT);
    }

    public int destinationPort() {
        return NetworkOrder.u16(memory, offset + DESTINATION_PORT);
    }

    public int sequence() {
        return NetworkOrder.i32(memory, offset + SEQUENCE);
    }

    public int acknowledgment() {
        return NetworkOrder.i32(memory, offset + ACKNOWLEDGMENT);
    }

    /** The low eight control bits. */
    public int flags() {
        return NetworkOrder.u8(memory, offset + FLAGS);
    }

    /** As on the wire, not scaled. */
    public int window() {
        return NetworkOrder.u16(memory, offset + WINDOW);
    }

    public int checksum() {
        return NetworkOrder.u16(memory, offset + CHECKSUM);
    }

    public int urgentPointer() {
        return NetworkOrder.u16(memory, offset + URGENT_POINTER);
    }

    public int headerLength() {
        return headerLength;
    }

    public int optionsOffset() {
        return offset + HEADER;
    }

    public int optionsLength() {
        return headerLength - HEADER;
    }

    public int payloadOffset() {
        return offset + headerLength;
    }

    public int payloadLength() {
        return length - headerLength;
    }

    /** Whether the checksum over pseudo-header, header and payload is right. */
    public boolean checksumValid(int source, int destination) {
        long pseudo = Checksum.pseudoHeader(source, destination, 6, length);
        return Checksum.finish(Checksum.add(pseudo, memory, offset, length)) == 0;
    }

    public void sourcePort(int port) {
        NetworkOrder.put16(memory, offset + SOURCE_PORT, port);
    }

    public void destinationPort(int port) {
        NetworkOrder.put16(memory, offset + DESTINATION_PORT, port);
    }

    public void sequence(int sequence) {
        NetworkOrder.put32(memory, offset + SEQUENCE, sequence);
    }

    public void acknowledgment(int acknowledgment) {
        NetworkOrder.put32(memory, offset + ACKNOWLEDGMENT, acknowledgment);
    }

    public void flags(int flags) {
        NetworkOrder.put8(memory, offset + FLAGS, flags);
    }

    public void window(int window) {
        NetworkOrder.put16(memory, offset + WINDOW, window);
    }

    public void checksum(int checksum) {
        NetworkOrder.put16(memory, offset + CHECKSUM, checksum);
    }

    /** Writes a header without options or checksum; {@code headerLength} is a multiple of four. */
    public static void emitHeader(
            MemorySegment memory,
            int offset,
            int sourcePort,
            int destinationPort,
            int sequence,
            int acknowledgment,
            int headerLength,
            int flags,
            int window) {
        NetworkOrder.put16(memory, offset + SOURCE_PORT, sourcePort);
        NetworkOrder.put16(memory, offset + DESTINATION_PORT, destinationPort);
        NetworkOrder.put32(memory, offset + SEQUENCE, sequence);
        NetworkOrder.put32(memory, offset + ACKNOWLEDGMENT, acknowledgment);
        NetworkOrder.put8(memory, offset + DATA_OFFSET, headerLength << 2);
        NetworkOrder.put8(memory, offset + FLAGS, flags);
        NetworkOrder.put16(memory, offset + WINDOW, window);
        NetworkOrder.put32(memory, offset + CHECKSUM, 0);
    }

    /** Computes and stores the checksum of a segment that is otherwise complete. */
    public static void emitChecksum(MemorySegment memory, int offset, int length, int source, int destination) {
        NetworkOrder.put16(memory, offset + CHECKSUM, 0);
        long pseudo = Checksum.pseudoHeader(source, destination, 6, length);
        NetworkOrder.put16(memory, offset + CHECKSUM, Checksum.finish(Checksum.add(pseudo, memory, offset, length)));
    }

    /** As in {@code [S.]}: the letters tcpdump uses, in its order. */
    public static String flagLetters(int flags) {
        StringBuilder letters = new StringBuilder();
        String names = "FSRP.UEW";
        for (int bit = 0; bit < 8; bit++) {
            if ((flags & 1 << bit) != 0) {
                letters.append(names.charAt(bit));
            }
        }
        return letters.isEmpty() ? "none" : letters.toString();
    }

    @Override
    public String toString() {
        if (length == 0) {
            return "TCP (nothing)";
        }
        return "TCP " + sourcePort() + " > " + destinationPort() + " [" + flagLetters(flags()) + "] seq "
                + Integer.toUnsignedString(sequence()) + " ack " + Integer.toUnsignedString(acknowledgment())
                + " win " + window() + " length " + payloadLength();
    }
}
