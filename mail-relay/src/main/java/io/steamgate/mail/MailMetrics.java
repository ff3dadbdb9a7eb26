package io.steamgate.mail;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.steamgate.mail.relay.Observer;
import io.steamgate.mail.session.AbortCause;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.Reply;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** {@code steamgate_mail_*}; labels have only values that the configuration or this code names. */
final class MailMetrics implements Observer {
    private record Key(String name, String first, String second) {}

    private final MeterRegistry registry;
    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();
    private final Map<String, Timer> timers = new ConcurrentHashMap<>();

    MailMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (AbortCause cause : AbortCause.values()) {
            aborts(cause);
        }
        for (Refusal reason : Refusal.values()) {
            refusals(reason);
        }
    }

    /** @param open connections now */
    void watch(Supplier<Number> open) {
        Gauge.builder("steamgate.mail.connections.open", open)
                .description("Connections now")
                .register(registry);
    }

    @Override
    public void connected(String listener) {
        counter("connections", "Connections taken", "listener", listener, "", "")
                .increment();
    }

    @Override
    public void disconnected(String listener) {
        counter("disconnections", "Connections that ended", "listener", listener, "", "")
                .increment();
    }

    @Override
    public void refused(Refusal reason) {
        refusals(reason).increment();
    }

    private Counter refusals(Refusal reason) {
        return counter("connections.refused", "Connections not served", "reason", label(reason), "", "");
    }

    @Override
    public void heard(Command command) {
        String verb = command.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        counter("commands", "Commands of clients", "command", verb, "", "").increment();
    }

    @Override
    public void recipientAnswered(Client client, String sender, String recipient, String destination, Reply reply) {
        counter(
                        "recipients",
                        "Recipients by destination and what they were told",
                        "destination",
                        destination.isEmpty() ? "none" : destination,
                        "verdict",
                        verdict(reply))
                .increment();
    }

    @Override
    public void authenticated(Client client, String mechanism, boolean success) {
        counter(
                        "authentications",
                        "SASL exchanges by mechanism",
                        "mechanism",
                        mechanism,
                        "verdict",
                        success ? "accepted" : "refused")
                .increment();
    }

    @Override
    public void judged(String policy, Verdict verdict) {
        counter("policy", "What policies said of recipients", "policy", policy, "verdict", label(verdict))
                .increment();
    }

    @Override
    public void inspected(String check, String result) {
        counter("inspections", "What checks of whole messages said", "check", check, "result", result)
                .increment();
    }

    @Override
    public void unmarked() {
        counter("unmarked", "Messages too large to wait for their mark", "reason", "inspect-limit", "", "")
                .increment();
    }

    @Override
    public void unprotected(String destination) {
        counter("tls.fallbacks", "Connections in the clear after TLS failed", "destination", destination, "", "")
                .increment();
    }

    @Override
    public void unintroduced(String destination) {
        counter(
                        "unintroduced",
                        "Messages whose destination was not told of the client",
                        "destination",
                        destination,
                        "",
                        "")
                .increment();
    }

    @Override
    public void answered(String destination, long nanos) {
        timers.computeIfAbsent(
                        destination,
                        name -> Timer.builder("steamgate.mail.destination.answer")
                                .description("Time from the end of a message to its destination's answer")
                                .tag("destination", name)
                                .serviceLevelObjectives(
                                        Duration.ofMillis(1),
                                        Duration.ofMillis(5),
                                        Duration.ofMillis(25),
                                        Duration.ofMillis(100),
                                        Duration.ofMillis(500),
                                        Duration.ofSeconds(2),
                                        Duration.ofSeconds(10),
                                        Duration.ofSeconds(60))
                                .register(registry))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void delivered(Message message) {
        messages(message.destination(), verdict(message.reply())).increment();
        bytes(message);
    }

    @Override
    public void aborted(Message message, AbortCause cause) {
        messages(message.destination(), "aborted").increment();
        aborts(cause).increment();
        bytes(message);
    }

    private void bytes(Message message) {
        counter("content.bytes", "Octets of content", "destination", message.destination(), "", "")
                .increment(message.bytes());
    }

    private Counter messages(String destination, String verdict) {
        return counter(
                "messages",
                "Messages whose content began, by destination and verdict",
                "destination",
                destination,
                "verdict",
                verdict);
    }

    private Counter aborts(AbortCause cause) {
        return counter("aborts", "Messages given up after their content began", "cause", label(cause), "", "");
    }

    private static String verdict(Reply reply) {
        return reply.isSuccess() ? "accepted" : reply.isTransient() ? "deferred" : "refused";
    }

    static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private Counter counter(
            String name, String description, String firstLabel, String first, String secondLabel, String second) {
        return counters.computeIfAbsent(new Key(name, first, second), key -> {
            Counter.Builder counter = Counter.builder("steamgate.mail." + key.name())
                    .description(description)
                    .tag(firstLabel, first);
            return (secondLabel.isEmpty() ? counter : counter.tag(secondLabel, second)).register(registry);
        });
    }
}
