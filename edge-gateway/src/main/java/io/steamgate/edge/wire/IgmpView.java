package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.NetworkOrder.i32;
import static io.steamgate.edge.wire.NetworkOrder.put16;
import static io.steamgate.edge.wire.NetworkOrder.put32;
import static io.steamgate.edge.wire.NetworkOrder.put8;
import static io.steamgate.edge.wire.NetworkOrder.u16;
import static io.steamgate.edge.wire.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Group membership: IGMPv2 (RFC 2236), and of IGMPv3 (RFC 9776) queries and reports without source lists. */
public final class IgmpView {
    private static final int TYPE = 0;
    private static final int MAX_RESPONSE = 1;
    private static final int CHECKSUM = 2;
    private static final int GROUP = 4;
    /** All of a version 2 message, and the least of any. */
    public static final int HEADER = 8;
    /** The least of a version 3 query: that length tells the versions apart (RFC 9776 section 7.1). */
    public static final int QUERY_V3 = 12;

    private static final int RECORD_COUNT = 6;
    private static final int RECORD = 8;

    public static final int QUERY = 0x11;
    public static final int REPORT_V1 = 0x12;
    public static final int REPORT_V2 = 0x16;
    public static final int LEAVE = 0x17;
    public static final int REPORT_V3 = 0x22;

    private MemorySegment memory = MemorySegment.NULL;
    private int offset;
    private int length;

    public boolean wrap(MemorySegment memory, int offset, int length) {
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        return length >= HEADER;
    }

    public int type() {
        return u8(memory, offset + TYPE);
    }

    /** Of a message that is no version 3 report; 0 for a general query. */
    public int group() {
        return i32(memory, offset + GROUP);
    }

    /** The version of a query: 3 by its length, 1 by its lack of a response time, else 2. */
    public int queryVersion() {
        return length >= QUERY_V3 ? 3 : u8(memory, offset + MAX_RESPONSE) == 0 ? 1 : 2;
    }

    /** How long a query lets its answers take, in tenths of a second; at most 31,744. */
    public int maxResponse() {
        int code = u8(memory, offset + MAX_RESPONSE);
        if (queryVersion() == 1) {
            return 100;
        }
        // RFC 9776 section 4.1.1: from 128 on a floating point number, in version 3 only.
        return queryVersion() == 2 || code < 128 ? code : (code & 0xF | 0x10) << ((code >>> 4 & 7) + 3);
    }

    public boolean checksumValid() {
        return Checksum.finish(Checksum.add(0, memory, offset, length)) == 0;
    }

    @Override
    public String toString() {
        return String.format("IGMP type 0x%02x group %s", type(), new Ipv4Address(group()));
    }

    /** A message of eight bytes: a version 2 query, report or leave. @param maxResponse tenths of a second */
    public record Message(int type, int maxResponse, Ipv4Address group) {
        /** Empty when cut short or with a wrong checksum. */
        public static Optional<Message> parse(MemorySegment memory, int offset, int length) {
            IgmpView view = new IgmpView();
            return view.wrap(memory, offset, length) && view.checksumValid()
                    ? Optional.of(
                            new Message(view.type(), u8(memory, offset + MAX_RESPONSE), new Ipv4Address(view.group())))
                    : Optional.empty();
        }

        /** @return bytes written: {@link #HEADER} */
        public int emit(MemorySegment memory, int offset) {
            put8(memory, offset + TYPE, type);
            put8(memory, offset + MAX_RESPONSE, maxResponse);
            put16(memory, offset + CHECKSUM, 0);
            put32(memory, offset + GROUP, group.bits());
            put16(memory, offset + CHECKSUM, Checksum.finish(Checksum.add(0, memory, offset, HEADER)));
            return HEADER;
        }
    }

    /** A version 3 report: per group what is wanted, never a list of sources. */
    public record Report(List<GroupRecord> groups) {
        /** Receives from everyone, in answer to a query. */
        public static final int MODE_IS_EXCLUDE = 2;
        /** Has left. */
        public static final int CHANGE_TO_INCLUDE = 3;
        /** Has joined. */
        public static final int CHANGE_TO_EXCLUDE = 4;

        public record GroupRecord(int type, Ipv4Address group) {}

        public Report {
            groups = List.copyOf(groups);
        }

        /** Empty when cut short, of another type, or with a wrong checksum; source lists are skipped. */
        public static Optional<Report> parse(MemorySegment memory, int offset, int length) {
            IgmpView view = new IgmpView();
            if (!view.wrap(memory, offset, length) || view.type() != REPORT_V3 || !view.checksumValid()) {
                return Optional.empty();
            }
            List<GroupRecord> groups = new ArrayList<>();
            int at = offset + HEADER;
            for (int left = u16(memory, offset + RECORD_COUNT); left > 0; left--) {
                if (at + RECORD > offset + length) {
                    return Optional.empty();
                }
                groups.add(new GroupRecord(u8(memory, at), new Ipv4Address(i32(memory, at + 4))));
                at += RECORD + 4 * u16(memory, at + 2) + 4 * u8(memory, at + 1);
            }
            return at > offset + length ? Optional.empty() : Optional.of(new Report(groups));
        }

        public int length() {
            return HEADER + RECORD * groups.size();
        }

        /** @return bytes written */
        public int emit(MemorySegment memory, int offset) {
            put32(memory, offset, REPORT_V3 << 24);
            put32(memory, offset + 4, groups.size());
            int at = offset + HEADER;
            for (GroupRecord group : groups) {
                put32(memory, at, group.type() << 24);
                put32(memory, at + 4, group.group().bits());
                at += RECORD;
            }
            put16(memory, offset + CHECKSUM, Checksum.finish(Checksum.add(0, memory, offset, length())));
            return length();
        }
    }
}
