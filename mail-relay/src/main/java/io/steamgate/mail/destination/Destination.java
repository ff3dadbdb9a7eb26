package io.steamgate.mail.destination;

/** A place that takes messages; one for all connections. */
public interface Destination {
    /** Its name in the configuration, in metrics and in the log. */
    String name();

    /** Whether a transaction may have more than one recipient here. */
    boolean takesSeveralRecipients();

    /** What distinguishes places within the destination: recipients of two of them never share a transaction. */
    String place(String domain);

    /** Begins the way of one message. */
    Delivery deliver(Order order);
}
