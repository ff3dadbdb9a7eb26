package io.steamgate.dns;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The certificate for DNS over TLS and HTTPS: that of the TLS configuration named {@code dns}, made anew when it is. */
@Singleton
public class Certificates implements Supplier<SSLContext> {
    private static final String NAME = "dns";

    private final TlsConfigurationRegistry registry;
    private volatile @Nullable SSLContext context;

    @Inject
    Certificates(TlsConfigurationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public SSLContext get() {
        SSLContext known = context;
        if (known != null) {
            return known;
        }
        TlsConfiguration configuration = registry.get(NAME)
                .orElseThrow(() -> new ConfigurationException("steamgate.dns.tls and .https need a certificate: set "
                        + "quarkus.tls.dns.key-store.pem.0.cert and .key, or another key-store of quarkus.tls.dns"));
        try {
            SSLContext made = configuration.createSSLContext();
            context = made;
            return made;
        } catch (Exception e) {
            throw new ConfigurationException("quarkus.tls.dns: no TLS can be made of it: " + e.getMessage());
        }
    }

    void updated(@Observes CertificateUpdatedEvent event) {
        if (event.name().equals(NAME)) {
            context = null;
        }
    }
}
