package io.steamgate.mail.destination;

import io.netty.channel.EventLoop;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.ReversePath;

/**
 * What a destination is asked to take.
 *
 * @param loop the event loop of the client's connection
 * @param id names the message in logs, file names and Received
 * @param client who sends it
 * @param domain of the recipients, in lower case
 */
public record Order(
        EventLoop loop, String id, Client client, ReversePath sender, String domain, Delivery.Events events) {}
