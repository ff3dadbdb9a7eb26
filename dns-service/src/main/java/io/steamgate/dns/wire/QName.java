package io.steamgate.dns.wire;

import java.util.Arrays;

/** A name to look up, in lower case, with the place and the hash of each of its suffixes; made to be used again. */
public final class QName {
    private final byte[] octets = new byte[Dns.MAX_NAME];
    private int length;
    private int labels;
    private final int[] labelAt = new int[Dns.MAX_LABELS + 1];
    private final int[] hashes = new int[Dns.MAX_LABELS + 1];

    public QName() {
        clear();
    }

    /** Makes it the root. */
    public void clear() {
        octets[0] = 0;
        length = 1;
        labels = 0;
        labelAt[0] = 0;
        hashes[0] = 0;
    }

    /**
     * Reads an uncompressed name from a message that ends at {@code end}.
     *
     * @return where what follows it begins, or -1 if there is none; it is then the root or a part of the name
     */
    public int read(byte[] bytes, int from, int end) {
        int at = from;
        int count = 0;
        while (at < end) {
            int size = bytes[at] & 0xFF;
            int out = at - from;
            if (size > 63 || at + 1 + size > end || out + 1 + size > Dns.MAX_NAME - (size == 0 ? 0 : 1)) {
                return -1;
            }
            labelAt[count] = out;
            octets[out] = (byte) size;
            for (int i = 1; i <= size; i++) {
                octets[out + i] = Names.lower(bytes[at + i]);
            }
            at += 1 + size;
            if (size == 0) {
                length = at - from;
                labels = count;
                hash();
                return at;
            }
            count++;
        }
        return -1;
    }

    /** Becomes the given name, which is known to be whole. */
    public void set(byte[] name) {
        read(name, 0, name.length);
    }

    /**
     * Puts {@code target} in the place of everything from label {@code index} on (RFC 6672 §2.2).
     *
     * @return whether the outcome is short enough to be a name
     */
    public boolean replaceSuffix(int index, byte[] target) {
        int prefix = labelAt[index];
        if (prefix + target.length > Dns.MAX_NAME) {
            return false;
        }
        byte[] name = Arrays.copyOf(octets, prefix + target.length);
        System.arraycopy(target, 0, name, prefix, target.length);
        set(name);
        return true;
    }

    private void hash() {
        hashes[labels] = 0;
        for (int i = labels - 1; i >= 0; i--) {
            hashes[i] = Names.hash(hashes[i + 1], octets, labelAt[i]);
        }
    }

    /** Whether the suffix from label {@code index} on is the name given, which is lower case. */
    public boolean suffixIs(int index, byte[] name) {
        int from = labelAt[index];
        return length - from == name.length && Arrays.equals(octets, from, length, name, 0, name.length);
    }

    public byte[] copy() {
        return suffix(0);
    }

    /** The name from label {@code index} on. */
    public byte[] suffix(int index) {
        return Arrays.copyOfRange(octets, labelAt[index], length);
    }

    /** The octets; only the first {@link #length} count. */
    public byte[] octets() {
        return octets;
    }

    public int length() {
        return length;
    }

    /** How many labels, the root not counted. */
    public int labels() {
        return labels;
    }

    /** Where label {@code index} begins in {@link #octets}; that of {@link #labels} is the root. */
    public int labelAt(int index) {
        return labelAt[index];
    }

    /** {@link Names#hash} of the name from label {@code index} on. */
    public int hash(int index) {
        return hashes[index];
    }

    @Override
    public String toString() {
        return Names.text(octets);
    }
}
