package io.steamgate.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.tls.TlsConfiguration;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** A certificate that is renewed while connections come. */
class CachedContextTest {
    private final AtomicLong time = new AtomicLong();
    private boolean isBroken;
    private boolean isRenewed = true;
    private final CachedContext context = new CachedContext(this::make, configuration(), time::get);

    private SSLContext make() {
        if (isBroken) {
            throw new IllegalStateException("quarkus.tls.mail: no key in it");
        }
        try {
            return SSLContext.getInstance("TLS");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private TlsConfiguration configuration() {
        return (TlsConfiguration) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {TlsConfiguration.class}, (self, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("reload");
                    return isRenewed;
                });
    }

    private void aWhileLater() {
        time.addAndGet(Duration.ofMinutes(2).toNanos());
    }

    @Test
    void aRenewedOneIsTakenAfterAWhileAndNotBefore() {
        SSLContext first = context.get();
        assertThat(context.get()).isSameAs(first);
        aWhileLater();
        assertThat(context.get()).isNotSameAs(first);
    }

    @Test
    void oneThatIsTheSameIsNotMadeAnew() {
        SSLContext first = context.get();
        isRenewed = false;
        aWhileLater();
        assertThat(context.get()).isSameAs(first);
    }

    @Test
    void oneThatCannotBeUsedLeavesTheOldOneUntilItCan() {
        SSLContext first = context.get();
        isBroken = true;
        aWhileLater();
        assertThat(context.get()).isSameAs(first);
        isBroken = false;
        aWhileLater();
        assertThat(context.get()).isNotSameAs(first);
    }

    @Test
    void theFirstOneMustBeUsable() {
        isBroken = true;
        assertThatThrownBy(context::get).hasMessageContaining("no key in it");
    }
}
