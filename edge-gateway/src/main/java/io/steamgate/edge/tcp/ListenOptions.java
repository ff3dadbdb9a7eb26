package io.steamgate.edge.tcp;

/** How a listener answers; asked at each SYN, so what it says may change while it listens. */
public interface ListenOptions {
    /** The most we may agree to. What the client does not offer is not agreed. */
    SynOffer offer();

    /** Bytes the application will buffer of a new connection: no window beyond it is announced. At least 1. */
    int receiveLimit();

    /**
     * Whether there is room for one more connection of this client; when not the SYN is dropped and the client tries again.
     *
     * @param client address bits
     */
    default boolean admit(int client) {
        return true;
    }
}
