package io.steamgate.edge.app;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.handoff.FlowEnd;
import io.steamgate.edge.handoff.FlowView;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Locale;
import org.jboss.logging.Logger;

/** One line for each connection that ended, in {@code key=value} pairs, in the log category {@code steamgate.access}. */
@ApplicationScoped
public class AccessLog {
    private static final Logger LOG = Logger.getLogger("steamgate.access");

    private final boolean on;

    AccessLog(EdgeConfig config) {
        on = config.accessLog();
    }

    void ended(FlowView flow, FlowEnd end) {
        if (on && LOG.isInfoEnabled()) {
            LOG.info(String.format(
                    Locale.ROOT,
                    "client=%s vip=%s listener=%s host=%s service=%s endpoint=%s end=%s seconds=%.3f"
                            + " packets_in=%d bytes_in=%d packets_out=%d bytes_out=%d",
                    flow.client(),
                    flow.vip(),
                    flow.listener(),
                    flow.host().orElse("-"),
                    flow.service(),
                    flow.endpoint(),
                    end.label(),
                    flow.ageSeconds(),
                    flow.packetsToEndpoint(),
                    flow.bytesToEndpoint(),
                    flow.packetsToClient(),
                    flow.bytesToClient()));
        }
    }

    void refused(String listener, String client, RouteKey key, String reason) {
        if (on && LOG.isInfoEnabled()) {
            LOG.infof(
                    "client=%s listener=%s host=%s end=refused reason=%s",
                    client, listener, key.host().orElse("-"), reason);
        }
    }
}
