package io.steamgate.mail.policy;

import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.util.concurrent.Future;
import io.steamgate.mail.smtp.Reply;
import java.net.InetAddress;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * DNS-based block lists (RFC 5782): a client is listed if the zone has an address within 127.0.0.0/8 for its own, written
 * backwards. A list that does not answer lists nobody.
 */
public final class BlockList implements Policy {
    /** Looks addresses up on an event loop. */
    @FunctionalInterface
    public interface Lookup extends BiFunction<io.netty.channel.EventLoop, String, Future<List<InetAddress>>> {}

    private final Lookup lookup;
    private final List<String> zones;
    private final Action action;

    public BlockList(Lookup lookup, List<String> zones, Action action) {
        this.lookup = lookup;
        this.zones = List.copyOf(zones);
        this.action = action;
    }

    @Override
    public String name() {
        return "dnsbl";
    }

    @Override
    public boolean isPerRecipient() {
        return false;
    }

    @Override
    public void judge(Question question, Consumer<Judgement> answer) {
        judge(question, 0, false, answer);
    }

    private void judge(Question question, int index, boolean failed, Consumer<Judgement> answer) {
        if (index == zones.size()) {
            answer.accept(failed ? Judgement.UNKNOWN : Judgement.PASS);
            return;
        }
        String zone = zones.get(index);
        String name = reversed(question.client().address().getAddress()) + "." + zone + ".";
        lookup.apply(question.loop(), name).addListener((Future<List<InetAddress>> found) -> {
            if (found.isSuccess() && found.getNow().stream().anyMatch(BlockList::isListing)) {
                answer.accept(listed(question, zone));
            } else {
                boolean silent = found.isSuccess()
                        ? found.getNow().stream().anyMatch(BlockList::isError)
                        : !isAnswer(found.cause());
                judge(question, index + 1, failed || silent, answer);
            }
        });
    }

    private Judgement listed(Question question, String zone) {
        String address = question.client().addressText();
        return action == Action.REFUSE
                ? Judgement.refuse(Reply.of(554, "5.7.1 " + address + " is listed at " + zone))
                : Judgement.mark("X-DNSBL: " + address + " is listed at " + zone + "\r\n");
    }

    private static boolean isListing(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 && bytes[0] == 127 && !isError(address);
    }

    /** 127.255.255.0/24: a zone does not answer to us, because we asked by others' servers or too often (Spamhaus has it so). */
    private static boolean isError(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 && bytes[0] == 127 && bytes[1] == -1 && bytes[2] == -1;
    }

    /** Whether the zone said that there is nothing, rather than nothing at all. */
    private static boolean isAnswer(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DnsErrorCauseException error) {
                return error.getCode().intValue() == 3 || error.getCode().intValue() == 0;
            }
        }
        return false;
    }

    static String reversed(InetAddress address) {
        byte[] bytes = address.getAddress();
        StringBuilder name = new StringBuilder();
        for (int i = bytes.length - 1; i >= 0; i--) {
            int b = bytes[i] & 0xFF;
            if (bytes.length == 4) {
                name.append(b);
            } else {
                name.append(Character.forDigit(b & 15, 16)).append('.').append(Character.forDigit(b >> 4, 16));
            }
            name.append(i > 0 ? "." : "");
        }
        return name.toString();
    }
}
