package io.steamgate.edge.handoff;

import io.steamgate.edge.route.AddressMode;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.HealthProbe;
import io.steamgate.edge.route.Service;
import io.steamgate.edge.route.TcpOptions;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpAgreement;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.wire.ProxyHeader;
import org.jspecify.annotations.Nullable;

/**
 * Checks an endpoint by opening a connection with every option there is and looking at what it accepts. An endpoint that
 * expects PROXY headers gets one that says LOCAL, so that it logs no client.
 */
final class TcpHealthProbe implements HealthProbe {
    /** All that can be agreed; the endpoint answers with what it keeps. */
    private static final int SCALE = 7;

    private final ServiceSide serviceSide;

    TcpHealthProbe(ServiceSide serviceSide) {
        this.serviceSide = serviceSide;
    }

    @Override
    public Attempt start(EndpointState endpoint, Service service, int port, Result result) {
        Check check = new Check(endpoint, service, result);
        Leg leg = serviceSide.connect(
                endpoint,
                port,
                0,
                0,
                new SynOffer(serviceSide.mssTowards(endpoint), SCALE, true, true),
                service.health().timeout(),
                check);
        if (leg == null) {
            result.failed();
            return () -> {};
        }
        check.leg = leg;
        return check::cancel;
    }

    private final class Check implements TcpEvents {
        private final EndpointState endpoint;
        private final Service service;
        private final Result result;
        private @Nullable Leg leg;

        Check(EndpointState endpoint, Service service, Result result) {
            this.endpoint = endpoint;
            this.service = service;
            this.result = result;
        }

        @Override
        public void connected() {
            Leg to = leg;
            if (to == null) {
                return;
            }
            TcpConnection connection = to.connection();
            TcpAgreement agreed = connection.agreed();
            result.passed(new TcpOptions(
                    // What clients send passes the path to the endpoint, which may carry less than its own link does.
                    Math.min(agreed.peerMss(), serviceSide.mssTowards(endpoint)),
                    agreed.windowScaling() ? agreed.sndWndShift() : SynOffer.NO_SCALE,
                    agreed.sack(),
                    agreed.timestamps()));
            if (service.addressMode() == AddressMode.PROXY) {
                byte[] header = ProxyHeader.local().toBytes();
                connection.write(header, 0, header.length);
            }
            connection.shutdownOutput();
        }

        @Override
        public void readable() {
            Leg to = leg;
            if (to != null) {
                to.connection().consume(to.connection().readable());
            }
        }

        @Override
        public void closed(TcpEnd reason) {
            // After a success this is not heard any more.
            result.failed();
            release();
        }

        void cancel() {
            Leg to = leg;
            if (to != null) {
                release();
                to.connection().abort();
            }
        }

        private void release() {
            Leg to = leg;
            leg = null;
            if (to != null) {
                serviceSide.release(to);
            }
        }
    }
}
