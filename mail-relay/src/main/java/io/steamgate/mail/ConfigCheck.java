package io.steamgate.mail;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.mail.destination.OutboundTls;
import java.time.Duration;

/** What no part of the relay could work with, or would leave unused. */
final class ConfigCheck {
    private ConfigCheck() {}

    /** @throws ConfigurationException with the first setting that is wrong, and what to write */
    static void check(MailConfig config, String hostname) {
        if (!hostname.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")) {
            throw wrong("hostname", "'" + hostname + "' is no host name");
        }
        if (config.listeners().isEmpty()) {
            throw wrong("listeners", "name a port, e.g. steamgate.mail.listeners.smtp.port=25");
        }
        MailConfig.Limits l = config.limits();
        positive("limits.message-size", l.messageSize());
        positive("limits.recipients", l.recipients());
        positive("limits.content-line", l.contentLine());
        positive("limits.hops", l.hops());
        positive("limits.errors", l.errors());
        positive("limits.idle-commands", l.idleCommands());
        positive("limits.messages", l.messages());
        positive("limits.authentications", l.authentications());
        positive("limits.block", l.block());
        positive("limits.connections", l.connections());
        positive("limits.connections-of-client", l.connectionsOfClient());
        positive("workers", config.workers());
        MailConfig.Timeouts t = config.timeouts();
        positive("timeouts.command", t.command());
        positive("timeouts.block", t.block());
        positive("timeouts.connect", t.connect());
        positive("timeouts.envelope", t.envelope());
        positive("timeouts.data", t.data());
        positive("timeouts.message", t.message());
        positive("pool.idle", config.pool().idle());
        positive("pool.messages", config.pool().messages());
        positive("policy.greylist-lifespan", config.policy().greylistLifespan());
        notNegative("pool.connections", config.pool().connections());
        notNegative("limits.drain", l.drain());
        notNegative("maildir.quota-bytes", config.maildir().quotaBytes());
        notNegative("maildir.quota-messages", config.maildir().quotaMessages());
        notNegative("policy.rate-recipients", config.policy().rateRecipients());
        notNegative("policy.inspect-limit", config.policy().inspectLimit());
        notNegative("policy.greylist-delay", config.policy().greylistDelay().toSeconds());
        notNegative("event-loops", config.eventLoops());
        config.maildir()
                .catchAll()
                .filter(name -> !name.matches("[^/\\x00-\\x1f]+") || name.matches("\\.\\.?"))
                .ifPresent(name -> {
                    throw wrong("maildir.catch-all", "'" + name + "' cannot be the name of a directory");
                });
        config.listeners().forEach((name, listener) -> {
            port("listeners." + name + ".port", listener.port());
            unused(
                    "listeners." + name + ".tls-configuration-name",
                    listener.tls() == MailConfig.ListenerTls.OFF
                            && listener.tlsConfigurationName().isPresent(),
                    "tls=off");
        });
        config.destinations().forEach((name, destination) -> {
            port("destinations." + name + ".port", destination.port());
            unused(
                    "destinations." + name + ".tls-configuration-name",
                    destination.tls() != OutboundTls.Security.REQUIRED
                            && destination.tlsConfigurationName().isPresent(),
                    "any tls but required");
        });
    }

    private static void port(String key, int value) {
        if (value < 1 || value > 65_535) {
            throw wrong(key, "'" + value + "' is no port: write 1 to 65535");
        }
    }

    private static void unused(String key, boolean set, String where) {
        if (set) {
            throw wrong(key, "is of no use with " + where + ": remove it, or change that");
        }
    }

    private static void notNegative(String key, long value) {
        if (value < 0) {
            throw wrong(key, "must not be less than zero");
        }
    }

    static void positive(String key, long value) {
        if (value <= 0) {
            throw wrong(key, "must be more than zero");
        }
    }

    static void positive(String key, Duration value) {
        if (!value.isPositive()) {
            throw wrong(key, "must be more than zero");
        }
    }

    static ConfigurationException wrong(String key, String rule) {
        return new ConfigurationException("steamgate.mail." + key + ": " + rule);
    }
}
