package io.steamgate.mail;

import io.steamgate.mail.relay.Observer;
import io.steamgate.mail.session.AbortCause;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.Reply;

/** Tells two what happens. */
record Observers(Observer first, Observer second) implements Observer {
    @Override
    public void connected(String listener) {
        first.connected(listener);
        second.connected(listener);
    }

    @Override
    public void disconnected(String listener) {
        first.disconnected(listener);
        second.disconnected(listener);
    }

    @Override
    public void refused(Refusal reason) {
        first.refused(reason);
        second.refused(reason);
    }

    @Override
    public void heard(Command command) {
        first.heard(command);
        second.heard(command);
    }

    @Override
    public void recipientAnswered(Client client, String sender, String recipient, String destination, Reply reply) {
        first.recipientAnswered(client, sender, recipient, destination, reply);
        second.recipientAnswered(client, sender, recipient, destination, reply);
    }

    @Override
    public void authenticated(Client client, String mechanism, boolean success) {
        first.authenticated(client, mechanism, success);
        second.authenticated(client, mechanism, success);
    }

    @Override
    public void judged(String policy, Verdict verdict) {
        first.judged(policy, verdict);
        second.judged(policy, verdict);
    }

    @Override
    public void inspected(String check, String result) {
        first.inspected(check, result);
        second.inspected(check, result);
    }

    @Override
    public void unmarked() {
        first.unmarked();
        second.unmarked();
    }

    @Override
    public void unprotected(String destination) {
        first.unprotected(destination);
        second.unprotected(destination);
    }

    @Override
    public void unintroduced(String destination) {
        first.unintroduced(destination);
        second.unintroduced(destination);
    }

    @Override
    public void answered(String destination, long nanos) {
        first.answered(destination, nanos);
        second.answered(destination, nanos);
    }

    @Override
    public void delivered(Message message) {
        first.delivered(message);
        second.delivered(message);
    }

    @Override
    public void aborted(Message message, AbortCause cause) {
        first.aborted(message, cause);
        second.aborted(message, cause);
    }
}
