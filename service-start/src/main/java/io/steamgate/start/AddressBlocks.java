package io.steamgate.start;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A set of address blocks in CIDR form (RFC 4632, RFC 4291 §2.3), IPv4 and IPv6. */
public final class AddressBlocks {
    private final List<Block> blocks;

    private AddressBlocks(List<Block> blocks) {
        this.blocks = blocks;
    }

    /**
     * Parses blocks such as {@code 198.51.100.0/24}, {@code 2001:db8::/32}; without a slash a block is one address.
     *
     * @throws IllegalArgumentException naming the text that is no block
     */
    public static AddressBlocks parse(List<String> texts) {
        List<Block> blocks = new ArrayList<>();
        for (String text : texts) {
            blocks.add(Block.parse(text.strip()));
        }
        return new AddressBlocks(List.copyOf(blocks));
    }

    public boolean isEmpty() {
        return blocks.isEmpty();
    }

    public boolean contains(InetAddress address) {
        return contains(address.getAddress());
    }

    /** Whether an address of 4 or 16 octets is in one of the blocks. */
    public boolean contains(byte[] bytes) {
        for (Block block : blocks) {
            if (block.contains(bytes)) {
                return true;
            }
        }
        return false;
    }

    private record Block(byte[] address, int prefixLength) {
        static Block parse(String text) {
            int slash = text.indexOf('/');
            try {
                byte[] address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash))
                        .getAddress();
                int length = slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1));
                if (length < 0 || length > address.length * 8) {
                    throw new IllegalArgumentException("prefix length " + length);
                }
                return new Block(address, length);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("'" + text + "' is not an address block like 198.51.100.0/24", e);
            }
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            int whole = prefixLength / 8;
            if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
                return false;
            }
            int rest = prefixLength % 8;
            return rest == 0 || ((address[whole] ^ other[whole]) & 0xFF) >>> (8 - rest) == 0;
        }
    }
}
