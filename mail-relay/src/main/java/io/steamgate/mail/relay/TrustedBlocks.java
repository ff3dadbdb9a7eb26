package io.steamgate.mail.relay;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** A set of address blocks in CIDR form (RFC 4632, RFC 4291 §2.3). */
public final class TrustedBlocks {
    private final List<IpSubnetFilterRule> rules;

    private TrustedBlocks(List<IpSubnetFilterRule> rules) {
        this.rules = rules;
    }

    /**
     * Parses blocks such as {@code 198.51.100.0/24} or {@code 2001:db8::/32}; without a slash a block is one address.
     *
     * @throws IllegalArgumentException naming the text that is no block
     */
    public static TrustedBlocks parse(List<String> texts) {
        return new TrustedBlocks(texts.stream().map(TrustedBlocks::rule).toList());
    }

    private static IpSubnetFilterRule rule(String text) {
        int slash = text.indexOf('/');
        try {
            InetAddress address = InetAddress.ofLiteral((slash < 0 ? text : text.substring(0, slash)).strip());
            int bits = address.getAddress().length * 8;
            int length = slash < 0
                    ? bits
                    : Integer.parseInt(text.substring(slash + 1).strip());
            return new IpSubnetFilterRule(address, length, IpFilterRuleType.ACCEPT);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' is not an address block like 198.51.100.0/24", e);
        }
    }

    public boolean contains(InetSocketAddress address) {
        for (IpSubnetFilterRule rule : rules) {
            if (rule.matches(address)) {
                return true;
            }
        }
        return false;
    }
}
