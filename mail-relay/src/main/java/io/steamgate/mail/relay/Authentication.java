package io.steamgate.mail.relay;

import io.netty.util.concurrent.EventExecutor;
import io.steamgate.mail.auth.SaslExchange;
import io.steamgate.mail.session.Action;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.session.SaslAnswer;
import io.steamgate.mail.smtp.Replies;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The AUTH command of one connection (RFC 4954): its exchange, and how often its client may still try. */
final class Authentication {
    private final Listeners listeners;
    private final Observer observer;
    private @Nullable SaslExchange exchange;
    private String mechanism = "";

    Authentication(Listeners listeners, Observer observer) {
        this.listeners = listeners;
        this.observer = observer;
    }

    /** @param answer is told on {@code loop}, before this returns if nobody has to be asked */
    void step(Client client, EventExecutor loop, Action.Authenticate step, Consumer<SaslAnswer> answer) {
        if (step.start().isPresent()) {
            mechanism = step.start().get();
            exchange = listeners.exchange(mechanism).orElse(null);
        }
        SaslExchange known = exchange;
        if (known == null) {
            answer.accept(new SaslAnswer.Failure(Replies.AUTH_MECHANISM));
        } else if (step.start().isEmpty()) {
            respond(client, loop, known, step, answer);
        } else {
            listeners.authRate().mayTry(client.network(), may -> {
                if (may) {
                    respond(client, loop, known, step, answer);
                } else {
                    loop.execute(() -> answer.accept(new SaslAnswer.Failure(Replies.AUTH_TOO_OFTEN)));
                }
            });
        }
    }

    private void respond(
            Client client,
            EventExecutor loop,
            SaslExchange known,
            Action.Authenticate step,
            Consumer<SaslAnswer> answer) {
        // A password costs milliseconds: not here, where everybody's bytes go by.
        listeners.workers().execute(() -> {
            SaslAnswer given = known.respond(step.response());
            loop.execute(() -> {
                if (given instanceof SaslAnswer.Failure) {
                    listeners.authRate().failed(client.network());
                }
                answer.accept(given);
            });
        });
    }

    /** An answer is what the client hears; a mechanism that there is none of was no attempt. */
    void heard(Client client, SaslAnswer answer) {
        if (exchange != null && !(answer instanceof SaslAnswer.Challenge)) {
            observer.authenticated(client, mechanism, answer instanceof SaslAnswer.Success);
        }
    }
}
