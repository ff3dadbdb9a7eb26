package io.steamgate.mail.destination;

import io.netty.buffer.ByteBuf;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import java.util.function.Consumer;

/**
 * One message on its way to one destination.
 *
 * <p>All calls come, and all answers go, on the event loop of the client's connection. Each question is answered exactly
 * once, unless {@link #abort} comes first. Nothing of the message is visible at the destination before {@link #commit}
 * is answered with success, and never after {@link #abort}.
 */
public interface Delivery {
    /** What a delivery says of its own accord. */
    interface Events {
        /** {@link #isDrained} has become true again. */
        void writable();

        /** The destination refused, or was lost, while content was coming. */
        void refused(Reply reply, boolean lost);

        /** TLS with the destination failed, and the message goes to it in the clear. */
        default void unprotected() {}

        /** The destination is to know whose mail it gets, and does not offer to be told. */
        default void unintroduced() {}
    }

    /** Asks the destination to take a recipient; with the first the sender too. */
    void recipient(Recipient recipient, Consumer<Reply> answer);

    /** Asks to send the content; answered with 354 or a refusal. */
    void open(Consumer<Reply> answer);

    /** Whether content is taken as DATA carries it, with dots doubled. */
    boolean isDotted();

    /** Takes a part of the content, and ownership of the buffer; it may stay here until {@link #flush}. */
    void write(ByteBuf content);

    void flush();

    /** Whether nothing of the content waits here: only then may more be read, so that no more than one read is held. */
    boolean isDrained();

    /** The content is whole. */
    void commit(Consumer<Reply> answer);

    /** Nothing must be delivered; nothing more will be asked or answered. */
    void abort();

    /** Which server or directory, for the log. */
    String target();
}
