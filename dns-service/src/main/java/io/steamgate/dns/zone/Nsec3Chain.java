package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/** The hashed names of a zone in the order of their hashes (RFC 5155 §3). */
final class Nsec3Chain {
    /** Each name that is not there costs so many hashes, several times; resolvers take no proof with more (RFC 9276 §3.2). */
    static final int MAX_ITERATIONS = 150;

    private final int iterations;
    private final byte[] salt;
    private final byte[][] hashes;
    private final Node[] nodes;

    /** @param parameters data of the NSEC3PARAM record: algorithm, flags, iterations, length of the salt, salt */
    Nsec3Chain(byte[] parameters, List<Node> owners) {
        iterations = iterations(parameters);
        salt = Arrays.copyOfRange(parameters, 5, 5 + (parameters[4] & 0xFF));
        record Hashed(byte[] hash, Node node) {}
        List<Hashed> sorted = owners.stream()
                .map(node -> new Hashed(base32hex(node.name), node))
                .sorted((a, b) -> Arrays.compareUnsigned(a.hash, b.hash))
                .toList();
        hashes = sorted.stream().map(Hashed::hash).toArray(byte[][]::new);
        nodes = sorted.stream().map(Hashed::node).toArray(Node[]::new);
    }

    /** How often a hash is hashed again, by the data of an NSEC3PARAM record. */
    static int iterations(byte[] parameters) {
        return Dns.u16(parameters, 2);
    }

    /** Hash of a lower-case name (RFC 5155 §5); SHA-1 is the only algorithm there is. */
    byte[] hash(byte[] name) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            byte[] hash = name;
            for (int i = 0; i <= iterations; i++) {
                sha1.update(hash);
                hash = sha1.digest(salt);
            }
            return hash;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    /** The owner whose record matches the hash or else covers it. */
    Node before(byte[] hash) {
        int place = Arrays.binarySearch(hashes, hash, Arrays::compareUnsigned);
        if (place < 0) {
            // Before the first: covered by the last, whose span goes around the end.
            place = Math.floorMod(-place - 2, nodes.length);
        }
        return nodes[place];
    }

    boolean has(byte[] hash) {
        return Arrays.binarySearch(hashes, hash, Arrays::compareUnsigned) >= 0;
    }

    /** The first label's value, in base 32 with the extended hex alphabet (RFC 4648 §7). */
    private static byte[] base32hex(byte[] name) {
        int length = name[0] & 0xFF;
        byte[] out = new byte[length * 5 / 8];
        int bits = 0;
        int value = 0;
        int at = 0;
        for (int i = 1; i <= length && at < out.length; i++) {
            value = value << 5 | Character.digit(name[i], 32) & 31;
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                out[at++] = (byte) (value >>> bits);
            }
        }
        return out;
    }
}
