package io.steamgate.mail.inspect;

import io.steamgate.mail.policy.Action;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * DKIM and DMARC for all messages.
 *
 * @param hostname the name under which results are written down
 * @param workers threads that may wait for DNS
 * @param random for the share of messages that a domain's DMARC record names
 */
public record AuthenticityChecks(
        String hostname, Action dkim, Action dmarc, TxtLookup dns, Executor workers, RandomGenerator random)
        implements Inspector.Factory {
    @Override
    public Inspector begin(Inspector.Subject subject, Runnable ready) {
        return new Authenticity(this, subject, ready);
    }
}
