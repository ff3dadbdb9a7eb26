package io.steamgate.dns.wire;

/**
 * A query as it came, read once and in place; made to be used again for the next one.
 *
 * <p>Only the header, the question and the options are looked at (RFC 1035 §4.1, RFC 6891 §6.1). After {@link #parse} said
 * {@link Parsed#WHOLE} no accessor can fail.
 */
public final class Query {
    /** What became of the bytes. */
    public enum Parsed {
        /** All of it was understood. */
        WHOLE,
        /** Not to be answered: no header, or itself an answer. */
        NOT_A_QUERY,
        /** Broken behind the header: FORMERR. */
        BROKEN
    }

    private byte[] bytes = new byte[0];
    private int length;
    private int flags;
    private int questions;
    private int questionEnd;
    private int type;
    private int qclass;
    private final QName name = new QName();

    private boolean edns;
    private int ednsVersion;
    private int udpSize;
    private boolean dnssecOk;
    private int cookieAt;
    private int cookieLength;
    private boolean nsid;
    private boolean keepalive;
    private boolean padding;
    private int tsigAt;

    /** Reads the message in the first {@code length} octets, which must stay as they are while this is asked about it. */
    public Parsed parse(byte[] message, int length) {
        this.bytes = message;
        this.length = length;
        questions = 0;
        questionEnd = Dns.HEADER;
        name.clear();
        type = 0;
        qclass = 0;
        edns = false;
        ednsVersion = 0;
        udpSize = 512;
        dnssecOk = false;
        cookieAt = 0;
        cookieLength = 0;
        nsid = false;
        keepalive = false;
        padding = false;
        tsigAt = 0;
        if (length < Dns.HEADER) {
            return Parsed.NOT_A_QUERY;
        }
        flags = Dns.u16(message, 2);
        if ((flags & Dns.QR) != 0) {
            return Parsed.NOT_A_QUERY;
        }
        questions = Dns.u16(message, 4);
        if (questions > 1 || questions == 1 && !parseQuestion()) {
            questions = 0;
            questionEnd = Dns.HEADER;
            name.clear();
            return Parsed.BROKEN;
        }
        return parseRecords() ? Parsed.WHOLE : Parsed.BROKEN;
    }

    private boolean parseQuestion() {
        int at = name.read(bytes, Dns.HEADER, length);
        if (at < 0 || at + 4 > length) {
            return false;
        }
        type = Dns.u16(bytes, at);
        qclass = Dns.u16(bytes, at + 2);
        questionEnd = at + 4;
        return true;
    }

    /** Steps over the records and takes OPT and TSIG out of the additional ones. */
    private boolean parseRecords() {
        int additional = Dns.u16(bytes, 10);
        int before = Dns.u16(bytes, 6) + Dns.u16(bytes, 8);
        int at = questionEnd;
        for (int i = 0; i < before + additional; i++) {
            int start = at;
            at = MessageNames.skip(bytes, at, length);
            if (at < 0 || at + 10 > length) {
                return false;
            }
            int recordType = Dns.u16(bytes, at);
            int end = at + 10 + Dns.u16(bytes, at + 8);
            if (end > length) {
                return false;
            }
            if (tsigAt != 0) {
                // TSIG is the last record or none (RFC 8945 §5.1).
                return false;
            }
            if (recordType == Dns.OPT) {
                if (i < before || edns || at - start != 1 || !parseOptions(at, end)) {
                    return false;
                }
            } else if (recordType == Dns.TSIG && i >= before) {
                tsigAt = start;
            }
            at = end;
        }
        return at == length;
    }

    private boolean parseOptions(int at, int end) {
        edns = true;
        udpSize = Math.max(512, Dns.u16(bytes, at + 2));
        ednsVersion = bytes[at + 5] & 0xFF;
        dnssecOk = (bytes[at + 6] & 0x80) != 0;
        int option = at + 10;
        while (option < end) {
            if (option + 4 > end) {
                return false;
            }
            int code = Dns.u16(bytes, option);
            int size = Dns.u16(bytes, option + 2);
            if (option + 4 + size > end) {
                return false;
            }
            switch (code) {
                case Dns.OPTION_COOKIE -> {
                    // A client's alone, or with a server's of 8 to 32 octets (RFC 7873 §4).
                    if (size != 8 && (size < 16 || size > 40)) {
                        return false;
                    }
                    if (cookieAt == 0) {
                        cookieAt = option + 4;
                        cookieLength = size;
                    }
                }
                case Dns.OPTION_NSID -> nsid = true;
                case Dns.OPTION_KEEPALIVE -> keepalive = true;
                case Dns.OPTION_PADDING -> padding = true;
                default -> {
                    // Unknown options are ignored (RFC 6891 §6.1.2); a client's subnet is never used and never sent on.
                }
            }
            option += 4 + size;
        }
        return true;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    public int id() {
        return Dns.u16(bytes, 0);
    }

    public int flags() {
        return flags;
    }

    public int opcode() {
        return flags >>> 11 & 0xF;
    }

    public boolean recursionDesired() {
        return (flags & Dns.RD) != 0;
    }

    public boolean checkingDisabled() {
        return (flags & Dns.CD) != 0;
    }

    /** Whether there is a question; a query for nothing but a cookie has none (RFC 7873 §5.4). */
    public boolean hasQuestion() {
        return questions == 1;
    }

    /** Where the first octet behind the question is. */
    public int questionEnd() {
        return questionEnd;
    }

    public int type() {
        return type;
    }

    public int qclass() {
        return qclass;
    }

    /** The question's name; the root without a question. */
    public QName name() {
        return name;
    }

    public boolean edns() {
        return edns;
    }

    public int ednsVersion() {
        return ednsVersion;
    }

    /** Largest datagram that the client takes; 512 without EDNS and at least that. */
    public int udpSize() {
        return udpSize;
    }

    public boolean dnssecOk() {
        return dnssecOk;
    }

    /** Where the cookie option's octets begin, 0 without one. */
    public int cookieAt() {
        return cookieAt;
    }

    public int cookieLength() {
        return cookieLength;
    }

    public boolean nsid() {
        return nsid;
    }

    public boolean keepalive() {
        return keepalive;
    }

    public boolean padding() {
        return padding;
    }

    /** Where the TSIG record begins, 0 without one. */
    public int tsigAt() {
        return tsigAt;
    }
}
