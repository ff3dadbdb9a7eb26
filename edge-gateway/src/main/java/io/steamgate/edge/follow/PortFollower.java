package io.steamgate.edge.follow;

/** Routes by port alone, on accept: for protocols in which the server speaks first, or that nobody need understand. */
public final class PortFollower implements Follower {
    private static final Decision.Route ROUTE = new Decision.Route(RouteKey.ofPort());

    @Override
    public String name() {
        return "tcp";
    }

    @Override
    public boolean decidesOnAccept() {
        return true;
    }

    @Override
    public Decision follow(Bytes buffered, boolean ended) {
        return ROUTE;
    }
}
