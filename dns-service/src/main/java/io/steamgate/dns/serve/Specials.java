package io.steamgate.dns.serve;

import java.util.List;
import java.util.function.Consumer;

/** Takes what is no plain question: transfers, updates, notifications. */
public interface Specials {
    /**
     * Takes a whole, well-formed query.
     *
     * @param done told the messages to send, in their order and any thread; an empty list for none
     */
    void take(byte[] query, Client client, Consumer<List<byte[]>> done);
}
