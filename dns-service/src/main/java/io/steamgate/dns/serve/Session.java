package io.steamgate.dns.serve;

import io.netty.channel.ChannelHandlerContext;
import io.steamgate.dns.cache.CachedAnswer;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

/** Queries of one connection, whatever carries them: who asks, and what is under way. Used on the connection's event loop. */
public final class Session {
    static final int MAX_WAITING = 128;

    private final Responder responder;
    private final Specials specials;
    private final Lookup lookup;
    private final Counters counters;
    private final Client client = new Client();
    private int waiting;

    /** How a query ended. */
    interface Answer {
        /** Messages to send in this order; none if there is nothing to say to it. */
        void messages(List<byte[]> messages);
    }

    Session(
            Worker worker,
            Specials specials,
            Lookup lookup,
            Counters counters,
            Transport transport,
            InetSocketAddress peer) {
        this.responder = worker.responder();
        this.specials = specials;
        this.lookup = lookup;
        this.counters = counters;
        client.set(peer.getAddress().getAddress(), peer.getPort(), transport);
    }

    /** The client that an edge speaks for. */
    void client(byte[] address, int port) {
        client.set(address, port, client.transport());
    }

    boolean isWaiting() {
        return waiting > 0;
    }

    boolean isFull() {
        return waiting >= MAX_WAITING;
    }

    Counters counters() {
        return counters;
    }

    /** Answers a query, at once or later; on a bug the connection is closed. */
    void ask(ChannelHandlerContext ctx, byte[] query, Answer answer) {
        try {
            switch (responder.respond(query, query.length, client)) {
                case ANSWER -> answer.messages(List.of(response()));
                case DROP -> answer.messages(List.of());
                case FETCH -> {
                    waiting++;
                    lookup.fetch(responder.key(), fetched -> later(ctx, () -> finish(query, fetched, answer)));
                }
                case SPECIAL -> {
                    waiting++;
                    specials.take(
                            query,
                            client,
                            messages -> later(ctx, () -> {
                                waiting--;
                                answer.messages(messages);
                            }));
                }
            }
        } catch (RuntimeException e) {
            counters.failed(e);
            ctx.close();
        }
    }

    private void finish(byte[] query, CachedAnswer fetched, Answer answer) {
        waiting--;
        boolean send = responder.finish(query, query.length, client, fetched) == Responder.Verdict.ANSWER;
        answer.messages(send ? List.of(response()) : List.of());
    }

    private byte[] response() {
        return Arrays.copyOf(responder.response(), responder.responseLength());
    }

    private static void later(ChannelHandlerContext ctx, Runnable task) {
        if (ctx.executor().inEventLoop()) {
            task.run();
        } else {
            ctx.executor().execute(task);
        }
    }
}
