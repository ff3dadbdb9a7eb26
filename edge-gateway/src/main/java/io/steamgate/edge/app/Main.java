package io.steamgate.edge.app;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.steamgate.edge.link.LinkException;
import io.steamgate.edge.route.RoutesException;
import io.steamgate.start.Service;
import org.jboss.logging.Logger;

/** Starts the edge; what an operator got wrong ends it with one line and exit code 1. */
@QuarkusMain
public class Main implements QuarkusApplication {
    private static final Logger LOG = Logger.getLogger("steamgate.edge");

    private final Edge edge;

    Main(Edge edge) {
        this.edge = edge;
    }

    /** What was got wrong before the edge could look at it is told in the same way. */
    public static void main(String... args) {
        Service.run(Main.class, args);
    }

    @Override
    public int run(String... args) {
        try {
            edge.start();
        } catch (OperatorException | LinkException | RoutesException | IllegalArgumentException e) {
            LOG.error(e.getMessage());
            return 1;
        }
        Quarkus.waitForExit();
        return 0;
    }
}
