package io.steamgate.mail.destination;

/** How a server learns whose mail it gets. */
public enum Introduction {
    /** It does not: the mail comes from this relay. */
    OFF,
    /** By Postfix's XCLIENT, where the server offers it. */
    XCLIENT,
    /** By a header of PROXY protocol version 2 at the head of each connection. */
    PROXY
}
