package io.steamgate.state.store;

import java.util.Locale;

/**
 * What an answer is an answer to.
 *
 * @param qname in presentation format, lower case, as names are compared without case (RFC 4343)
 * @param qtype from 0 to 65535
 * @param qclass from 0 to 65535
 * @param dnssecOk the DO bit (RFC 3225): answers to it carry signatures
 * @param checkingDisabled the CD bit (RFC 4035 section 3.2.2): answers to it may be bogus
 */
public record DnsQuestion(String qname, int qtype, int qclass, boolean dnssecOk, boolean checkingDisabled) {
    public DnsQuestion {
        qname = qname.toLowerCase(Locale.ROOT);
        if (qtype < 0 || qtype > 65535 || qclass < 0 || qclass > 65535) {
            throw new IllegalArgumentException("types and classes are 16 bits wide: " + qtype + ", " + qclass);
        }
    }
}
