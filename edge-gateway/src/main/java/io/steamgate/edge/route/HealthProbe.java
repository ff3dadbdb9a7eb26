package io.steamgate.edge.route;

/** Asks an endpoint whether it lives. Implemented over the stack's own TCP; called on the poll loop. */
@FunctionalInterface
public interface HealthProbe {
    /**
     * Opens a connection with every option on offer, says PROXY v2 LOCAL where the service's address mode is {@code
     * proxy}, and closes it.
     *
     * @param endpoint to check
     * @param service its service
     * @param port to connect to
     * @param result told once; may be told before this returns
     */
    Attempt start(EndpointState endpoint, Service service, int port, Result result);

    /** How a probe ended. What comes after the first call, or after {@link Attempt#cancel}, is not heard. */
    interface Result {
        /** @param learnt the options of its SYN-ACK */
        void passed(TcpOptions learnt);

        void failed();
    }

    /** A probe under way. */
    @FunctionalInterface
    interface Attempt {
        /**
         * Ends it: the result is not told any more, and a connection that the endpoint keeps open after it was told is
         * reset. Called before the next probe of the endpoint starts; may come more than once.
         */
        void cancel();
    }
}
