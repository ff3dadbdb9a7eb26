package io.steamgate.mail;

import io.quarkus.tls.TlsConfiguration;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A TLS context that is made anew now and then, so that renewed certificates are used and sessions are resumed. */
final class CachedContext implements Supplier<SSLContext> {
    private static final long AGE = Duration.ofMinutes(1).toNanos();

    private static final Logger LOG = Logger.getLogger(CachedContext.class);

    private final Supplier<SSLContext> source;
    private final TlsConfiguration configuration;
    private final LongSupplier clock;
    private @Nullable SSLContext context;
    private long madeAt;

    /** @param clock nanoseconds, of any beginning */
    CachedContext(Supplier<SSLContext> source, TlsConfiguration configuration, LongSupplier clock) {
        this.source = source;
        this.configuration = configuration;
        this.clock = clock;
    }

    @Override
    public synchronized SSLContext get() {
        long now = clock.getAsLong();
        SSLContext known = context;
        if (known == null || now - madeAt > AGE && configuration.reload()) {
            madeAt = now;
            try {
                known = source.get();
            } catch (IllegalStateException e) {
                if (known == null) {
                    throw e;
                }
                // The old certificate is better than none.
                LOG.errorf("%s; the certificate that was there before stays in use", e.getMessage());
                return known;
            }
            context = known;
        } else if (now - madeAt > AGE) {
            madeAt = now;
        }
        return known;
    }
}
