package io.steamgate.mail;

import io.quarkus.tls.TlsConfiguration;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A TLS context that is made anew now and then, so that renewed certificates are used and sessions are resumed. */
final class CachedContext implements Supplier<SSLContext> {
    private static final long AGE = Duration.ofMinutes(1).toNanos();

    private final Supplier<SSLContext> source;
    private final TlsConfiguration configuration;
    private @Nullable SSLContext context;
    private long madeAt;

    CachedContext(Supplier<SSLContext> source, TlsConfiguration configuration) {
        this.source = source;
        this.configuration = configuration;
    }

    @Override
    public synchronized SSLContext get() {
        long now = System.nanoTime();
        SSLContext known = context;
        if (known == null || now - madeAt > AGE && configuration.reload()) {
            known = source.get();
            context = known;
            madeAt = now;
        } else if (now - madeAt > AGE) {
            madeAt = now;
        }
        return known;
    }
}
