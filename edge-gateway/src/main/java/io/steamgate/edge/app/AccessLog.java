package io.steamgate.edge.app;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.handoff.FlowEnd;
import io.steamgate.edge.handoff.FlowView;
import jakarta.enterprise.context.ApplicationScoped;
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
            StringBuilder line = new StringBuilder(256);
            line.append("client=").append(flow.client());
            line.append(" transport=").append(flow.transport());
            line.append(" vip=").append(flow.vip());
            line.append(" listener=").append(flow.listener());
            line.append(" host=").append(flow.host().orElse("-"));
            line.append(" service=").append(flow.service());
            line.append(" endpoint=").append(flow.endpoint());
            line.append(" end=").append(end.label());
            line.append(" seconds=").append(flow.ageSeconds());
            line.append(" packets_in=").append(flow.packetsToEndpoint());
            line.append(" bytes_in=").append(flow.bytesToEndpoint());
            line.append(" packets_out=").append(flow.packetsToClient());
            line.append(" bytes_out=").append(flow.bytesToClient());
            LOG.info(line);
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
