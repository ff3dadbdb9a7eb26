package io.steamgate.mail.destination;

import io.netty.channel.EventLoop;
import io.steamgate.mail.smtp.Reply;
import java.util.List;

/** Finds the servers of a domain, best first. */
public interface Servers {
    /** Where the answer goes, on the event loop that asked. */
    interface Answer {
        /** At least one. */
        void found(List<Server> servers);

        void failed(Reply reply);
    }

    /** Domains of the same place have the same servers. */
    String place(String domain);

    void find(EventLoop loop, String domain, Answer answer);
}
