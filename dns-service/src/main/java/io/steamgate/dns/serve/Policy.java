package io.steamgate.dns.serve;

import io.steamgate.start.AddressBlocks;
import java.util.Optional;

/**
 * Who may do what.
 *
 * @param query whose questions are answered at all
 * @param recursion whose questions are answered from elsewhere
 * @param udpSize largest datagram that is sent
 * @param cookieSecret 16 octets that all nodes share
 * @param ratePerSecond responses of one kind to one network in a second, 0 for no limit
 * @param rateSlip every how manieth response over the limit is sent truncated instead of not at all, 0 for none
 * @param identity what a client that asks is told about this node (RFC 5001), empty for nothing
 * @param echo name, in lower case, whose address is that of whoever asks, empty for none
 * @param keepalive tenths of a second for which an idle connection stays open
 * @param logged one query in so many is logged, 0 for none
 * @param popular uses after which an answer is fetched again before it runs out, 0 for never
 */
public record Policy(
        AddressBlocks query,
        AddressBlocks recursion,
        int udpSize,
        byte[] cookieSecret,
        int ratePerSecond,
        int rateSlip,
        Optional<byte[]> identity,
        Optional<byte[]> echo,
        int keepalive,
        int logged,
        int popular) {}
