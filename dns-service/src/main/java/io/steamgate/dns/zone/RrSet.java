package io.steamgate.dns.zone;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The records of one owner and type (RFC 2181 §5), with the signatures over them. */
final class RrSet {
    final int type;
    final int ttl;
    final byte[][] rdatas;
    final @Nullable RrSet signatures;

    RrSet(int type, int ttl, List<byte[]> rdatas, @Nullable RrSet signatures) {
        this.type = type;
        this.ttl = ttl;
        this.rdatas = rdatas.toArray(byte[][]::new);
        this.signatures = signatures;
    }
}
