package io.steamgate.edge.tcp;

import org.jspecify.annotations.Nullable;

/**
 * Entries by four-tuple: open addressing with linear probing, at most half full. Look-up allocates nothing; the hash is
 * keyed so that nobody outside can choose addresses that collide.
 */
final class ConnectionTable {
    private static final int INITIAL = 64;

    private final long key;
    private @Nullable TcpEntry[] slots = new @Nullable TcpEntry[INITIAL];
    private int size;
    private CookieOffload claims = CookieOffload.NONE;

    ConnectionTable(long key) {
        this.key = key;
    }

    /** Of the hash by which entries are found: random, so that nobody outside can choose where they are. */
    long key() {
        return key;
    }

    /** Claims the four-tuple of whatever is here from now on. */
    void claimBy(CookieOffload offload) {
        for (TcpEntry entry : slots) {
            if (entry != null) {
                offload.claim(entry.localAddress, entry.remoteAddress, entry.ports);
            }
        }
        claims = offload;
    }

    int size() {
        return size;
    }

    @Nullable
    TcpEntry get(int localAddress, int remoteAddress, int ports) {
        int mask = slots.length - 1;
        int at = hash(localAddress, remoteAddress, ports) & mask;
        for (TcpEntry entry = slots[at]; entry != null; entry = slots[at]) {
            if (entry.remoteAddress == remoteAddress && entry.ports == ports && entry.localAddress == localAddress) {
                return entry;
            }
            at = at + 1 & mask;
        }
        return null;
    }

    /** Puts an entry in the place of any other with its four-tuple. */
    void put(TcpEntry entry) {
        if (size * 2 >= slots.length) {
            resize(slots.length * 2);
        }
        int mask = slots.length - 1;
        int at = home(entry) & mask;
        for (TcpEntry other = slots[at]; other != null; other = slots[at]) {
            if (same(other, entry)) {
                slots[at] = entry;
                return;
            }
            at = at + 1 & mask;
        }
        slots[at] = entry;
        size++;
        claims.claim(entry.localAddress, entry.remoteAddress, entry.ports);
    }

    /** Removes exactly this entry, not another that took its four-tuple over. */
    boolean remove(TcpEntry entry) {
        int mask = slots.length - 1;
        int at = home(entry) & mask;
        while (slots[at] != entry) {
            if (slots[at] == null) {
                return false;
            }
            at = at + 1 & mask;
        }
        // Close the gap so that no probe sequence is cut: move back what may stand here (Knuth 6.4, algorithm R).
        int gap = at;
        for (int next = gap + 1 & mask; ; next = next + 1 & mask) {
            TcpEntry candidate = slots[next];
            if (candidate == null) {
                break;
            }
            if ((next - home(candidate) & mask) >= (next - gap & mask)) {
                slots[gap] = candidate;
                gap = next;
            }
        }
        slots[gap] = null;
        size--;
        claims.release(entry.localAddress, entry.remoteAddress, entry.ports);
        if (slots.length > INITIAL && size * 8 < slots.length) {
            resize(slots.length / 2);
        }
        return true;
    }

    private void resize(int capacity) {
        @Nullable TcpEntry[] old = slots;
        slots = new @Nullable TcpEntry[capacity];
        int mask = capacity - 1;
        for (TcpEntry entry : old) {
            if (entry != null) {
                int at = home(entry) & mask;
                while (slots[at] != null) {
                    at = at + 1 & mask;
                }
                slots[at] = entry;
            }
        }
    }

    private static boolean same(TcpEntry a, TcpEntry b) {
        return a.remoteAddress == b.remoteAddress && a.ports == b.ports && a.localAddress == b.localAddress;
    }

    private int home(TcpEntry entry) {
        return hash(entry.localAddress, entry.remoteAddress, entry.ports);
    }

    private int hash(int localAddress, int remoteAddress, int ports) {
        long h = ((long) remoteAddress << 32 | ports & 0xFFFF_FFFFL) ^ key;
        h = (h ^ h >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        h = (h ^ h >>> 32 ^ localAddress) * 0xD6E8_FEB8_6659_FD93L + key;
        return (int) (h ^ h >>> 32);
    }
}
