package io.steamgate.dns.cluster;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Under which address the world reaches this cluster. Sources are asked in turn until two say the same; where only one answers it
 * is believed; where none does, what was found before holds, also after a start with nobody to ask. Used by one thread.
 */
final class PublicAddress {
    private static final Logger LOG = Logger.getLogger(PublicAddress.class);

    /** Somebody who sees this cluster from outside. */
    interface AddressSource {
        /** What it sees; empty if it does not answer. May take a moment. */
        Optional<InetAddress> ask();
    }

    private final Optional<InetAddress> fixed;
    private final StateFiles files;
    private Optional<InetAddress> found;

    /** @param fixed set by hand: nobody is asked */
    PublicAddress(Optional<InetAddress> fixed, StateFiles files) {
        this.fixed = fixed;
        this.files = files;
        this.found = fixed.isPresent() ? fixed : files.publicAddress();
    }

    Optional<InetAddress> current() {
        return found;
    }

    /** Asks the sources again. */
    void check(List<AddressSource> sources) {
        if (fixed.isPresent()) {
            return;
        }
        List<InetAddress> seen = new ArrayList<>();
        for (AddressSource source : sources) {
            Optional<InetAddress> answer = source.ask();
            if (answer.isPresent() && seen.contains(answer.get())) {
                take(answer.get());
                return;
            }
            answer.ifPresent(seen::add);
        }
        if (seen.size() == 1) {
            take(seen.getFirst());
        } else if (seen.size() > 1) {
            LOG.warnf("the sources of the public address disagree: %s; %s stays", seen, found);
        }
    }

    private void take(InetAddress address) {
        if (found.isEmpty() || !found.get().equals(address)) {
            LOG.infof(
                    "public address %s%s",
                    address.getHostAddress(),
                    found.map(f -> ", before " + f.getHostAddress()).orElse(""));
            found = Optional.of(address);
            files.publicAddress(address);
        }
    }
}
