package io.steamgate.edge.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The argument of recvmmsg(2) and sendmmsg(2): an array of {@code mmsghdr}, each with one {@code iovec} and, on demand,
 * room for one control message. Offsets are those of 64-bit Linux (x86-64, aarch64).
 */
final class MessageVector {
    private static final int MESSAGE = 64;
    private static final int MSG_IOV = 16;
    private static final int MSG_IOVLEN = 24;
    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROLLEN = 40;
    private static final int MSG_FLAGS = 48;
    private static final int MSG_LEN = 56;
    private static final int VECTOR = 16;
    private static final int IOV_LEN = 8;
    private static final int FLAG_TRUNCATED = 0x20;

    /** {@code CMSG_SPACE(sizeof(struct tpacket_auxdata))}, and offsets behind the 16 bytes of {@code cmsghdr}. */
    private static final int CONTROL = 40;

    private static final int AUX_STATUS = 16;
    private static final int AUX_VLAN_TCI = 16 + 16;
    private static final int AUX_VLAN_TPID = 16 + 18;
    private static final int STATUS_VLAN_VALID = 1 << 4;

    private final MemorySegment messages;
    private final MemorySegment vectors;
    private final MemorySegment controls;
    private final boolean auxiliary;

    MessageVector(Arena arena, int count, boolean auxiliary) {
        this.auxiliary = auxiliary;
        messages = arena.allocate((long) count * MESSAGE, 64);
        vectors = arena.allocate((long) count * VECTOR, 64);
        controls = arena.allocate((long) count * CONTROL, 64);
        for (int i = 0; i < count; i++) {
            messages.set(ValueLayout.JAVA_LONG, (long) i * MESSAGE + MSG_IOV, vectors.address() + (long) i * VECTOR);
            messages.set(ValueLayout.JAVA_LONG, (long) i * MESSAGE + MSG_IOVLEN, 1);
            if (auxiliary) {
                messages.set(
                        ValueLayout.JAVA_LONG,
                        (long) i * MESSAGE + MSG_CONTROL,
                        controls.address() + (long) i * CONTROL);
            }
        }
    }

    /** Address of the {@code i}-th message. */
    long address(int i) {
        return messages.address() + (long) i * MESSAGE;
    }

    void point(int i, long buffer, int length) {
        vectors.set(ValueLayout.JAVA_LONG, (long) i * VECTOR, buffer);
        vectors.set(ValueLayout.JAVA_LONG, (long) i * VECTOR + IOV_LEN, length);
    }

    /** The kernel overwrites the length of each control buffer that it used. */
    void resetControls(int count) {
        if (auxiliary) {
            for (int i = 0; i < count; i++) {
                messages.set(ValueLayout.JAVA_LONG, (long) i * MESSAGE + MSG_CONTROLLEN, CONTROL);
            }
        }
    }

    /** Bytes received. */
    int length(int i) {
        return messages.get(ValueLayout.JAVA_INT, (long) i * MESSAGE + MSG_LEN);
    }

    /** The message was longer than its buffer. */
    boolean truncated(int i) {
        return (messages.get(ValueLayout.JAVA_INT, (long) i * MESSAGE + MSG_FLAGS) & FLAG_TRUNCATED) != 0;
    }

    /** The 802.1Q tag that the kernel took out of the frame, TPID in the upper half; 0 for none. */
    int strippedTag(int i) {
        if ((status(i) & STATUS_VLAN_VALID) == 0) {
            return 0;
        }
        long at = (long) i * CONTROL;
        int type = controls.get(ValueLayout.JAVA_SHORT, at + AUX_VLAN_TPID) & 0xFFFF;
        int tag = controls.get(ValueLayout.JAVA_SHORT, at + AUX_VLAN_TCI) & 0xFFFF;
        return (type == 0 ? EthernetFrame.VLAN : type) << 16 | tag;
    }

    private int status(int i) {
        boolean present = auxiliary
                && messages.get(ValueLayout.JAVA_LONG, (long) i * MESSAGE + MSG_CONTROLLEN) >= AUX_VLAN_TPID + 2;
        return present ? controls.get(ValueLayout.JAVA_INT, (long) i * CONTROL + AUX_STATUS) : 0;
    }
}
