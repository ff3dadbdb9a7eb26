package io.steamgate.edge.follow;

import java.util.List;
import java.util.Optional;

/**
 * Follows TLS to the end of its ClientHello, over as many records and segments as that takes, and routes by the name and
 * the protocols it asks for. Nothing is decrypted and nothing is changed. With Encrypted ClientHello the outer name
 * routes: it is the one that is meant for us.
 */
public final class TlsFollower implements Follower {
    /** Of the ClientHello with the headers of its records, in octets. */
    public static final int LIMIT = 64 * 1024;

    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEADER = 5;
    private static final int MESSAGE_HEADER = 4;
    /** RFC 8446 section 5.1. */
    private static final int LONGEST_FRAGMENT = 1 << 14;
    /**
     * Every segment makes us step over the records again; honest clients use one or a few, and a hello cut into single
     * bytes, each in a segment of its own, must not cost a thousand times what it costs to send.
     */
    static final int MOST_RECORDS = 256;

    private final int limit;
    private final Decision.NeedMore needMore;

    public TlsFollower() {
        this(LIMIT);
    }

    /** @param limit of the ClientHello with the headers of its records, in octets; at most {@link #LIMIT} */
    public TlsFollower(int limit) {
        if (limit < 256 || limit > LIMIT) {
            throw new IllegalArgumentException("a limit of " + limit + " octets for a ClientHello; 256 to " + LIMIT);
        }
        this.limit = limit;
        needMore = new Decision.NeedMore(limit);
    }

    @Override
    public String name() {
        return "tls";
    }

    @Override
    public byte[] onUnknown() {
        return TlsAlert.UNRECOGNIZED_NAME.bytes();
    }

    @Override
    public byte[] onUnavailable() {
        return TlsAlert.INTERNAL_ERROR.bytes();
    }

    @Override
    public Decision follow(Bytes buffered, boolean ended) {
        int length = Math.min(buffered.length(), limit);
        int message = 0;
        int needed = Integer.MAX_VALUE;
        int header = 0;
        int records = 0;
        for (int record = 0; record < length; ) {
            if (records++ == MOST_RECORDS) {
                return reject(TlsAlert.ILLEGAL_PARAMETER, "too-many-records");
            }
            Optional<Decision> fault = recordFault(buffered, record, length);
            if (fault.isPresent()) {
                return fault.get();
            }
            if (length - record < RECORD_HEADER) {
                break;
            }
            int fragment = record + RECORD_HEADER;
            int end = fragment + buffered.u16(record + 3);
            // The header of the message may itself be cut by records
            for (int at = fragment; message < MESSAGE_HEADER && at < Math.min(end, length); at++, message++) {
                if (message == 0) {
                    if (buffered.u8(at) != CLIENT_HELLO) {
                        return reject(TlsAlert.UNEXPECTED_MESSAGE, "no-client-hello");
                    }
                } else {
                    header = header << 8 | buffered.u8(at);
                }
                if (message == MESSAGE_HEADER - 1) {
                    needed = MESSAGE_HEADER + header;
                    // Against the limit with the records' headers, so that no cutting of it changes the answer
                    if (needed > limit - RECORD_HEADER) {
                        return reject(TlsAlert.ILLEGAL_PARAMETER, "hello-too-large");
                    }
                }
                fragment = at + 1;
            }
            message += Math.max(0, Math.min(end, length) - fragment);
            if (message >= needed) {
                return decide(buffered, needed);
            }
            record = end;
        }
        if (buffered.length() >= limit) {
            return reject(TlsAlert.ILLEGAL_PARAMETER, "hello-too-large");
        }
        if (!ended) {
            return needMore;
        }
        return length == 0
                ? new Decision.Reject(new byte[0], "nothing-sent")
                : reject(TlsAlert.DECODE_ERROR, "ended-in-hello");
    }

    /** What is wrong with as much of the record's header as is there. */
    private static Optional<Decision> recordFault(Bytes bytes, int record, int length) {
        int there = length - record;
        if (bytes.u8(record) != HANDSHAKE) {
            if (record > 0) {
                return Optional.of(reject(TlsAlert.UNEXPECTED_MESSAGE, "no-client-hello"));
            }
            return notTls(bytes, there);
        }
        if (there > 1 && bytes.u8(record + 1) != 3) {
            return Optional.of(reject(TlsAlert.PROTOCOL_VERSION, "bad-record-version"));
        }
        if (there >= RECORD_HEADER) {
            int fragment = bytes.u16(record + 3);
            if (fragment > LONGEST_FRAGMENT) {
                return Optional.of(reject(TlsAlert.RECORD_OVERFLOW, "record-too-large"));
            }
            if (fragment == 0) {
                // RFC 8446 section 5.1: a handshake fragment is never empty
                return Optional.of(reject(TlsAlert.DECODE_ERROR, "empty-record"));
            }
        }
        return Optional.empty();
    }

    /** An SSLv2 hello (RFC 5246 appendix E.2) is told what is wrong; who speaks no TLS would not understand it. */
    private static Optional<Decision> notTls(Bytes bytes, int there) {
        boolean perhapsSsl2 = (bytes.u8(0) & 0x80) != 0;
        if (perhapsSsl2 && there < 3) {
            return Optional.empty();
        }
        return perhapsSsl2 && bytes.u8(2) == CLIENT_HELLO
                ? Optional.of(reject(TlsAlert.PROTOCOL_VERSION, "ssl-2"))
                : Optional.of(new Decision.Reject(new byte[0], "not-tls"));
    }

    private static Decision decide(Bytes buffered, int needed) {
        return switch (ClientHello.parse(body(buffered, needed))) {
            case ClientHello.Parsed(Optional<String> host, List<String> alpn) ->
                new Decision.Route(new RouteKey("tls", host, Optional.empty(), List.of(), List.of(), alpn));
            case ClientHello.Malformed(TlsAlert alert, String reason) -> reject(alert, reason);
        };
    }

    /** The message without its header: in place if one record holds it, else put together. */
    private static Bytes body(Bytes buffered, int needed) {
        if (buffered.u16(3) >= needed) {
            return buffered.slice(RECORD_HEADER + MESSAGE_HEADER, needed - MESSAGE_HEADER);
        }
        byte[] whole = new byte[needed];
        int filled = 0;
        for (int record = 0; filled < needed; ) {
            int fragment = buffered.u16(record + 3);
            int taken = Math.min(fragment, needed - filled);
            System.arraycopy(buffered.array(), buffered.offset() + record + RECORD_HEADER, whole, filled, taken);
            filled += taken;
            record += RECORD_HEADER + fragment;
        }
        return new Bytes(whole, MESSAGE_HEADER, needed - MESSAGE_HEADER);
    }

    private static Decision.Reject reject(TlsAlert alert, String reason) {
        return new Decision.Reject(alert.bytes(), reason);
    }
}
