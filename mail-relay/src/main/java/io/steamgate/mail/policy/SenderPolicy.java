package io.steamgate.mail.policy;

import io.steamgate.mail.smtp.Mailbox;
import io.steamgate.mail.smtp.Reply;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.james.jspf.executor.SPFResult;
import org.apache.james.jspf.impl.SPF;

/** SPF (RFC 7208) by Apache James jSPF, on a thread that may wait for DNS. */
public final class SenderPolicy implements Policy {
    private final SPF spf;
    private final Executor workers;
    private final Action action;
    private final String hostname;

    public SenderPolicy(SPF spf, Executor workers, Action action, String hostname) {
        this.spf = spf;
        this.workers = workers;
        this.action = action;
        this.hostname = hostname;
    }

    @Override
    public String name() {
        return "spf";
    }

    @Override
    public boolean isPerRecipient() {
        return false;
    }

    @Override
    public void judge(Question question, Consumer<Judgement> answer) {
        workers.execute(() -> {
            Judgement judgement = check(question);
            question.loop().execute(() -> answer.accept(judgement));
        });
    }

    private Judgement check(Question question) {
        String sender = question.sender().mailbox().map(Mailbox::toString).orElse("");
        String address = question.client().addressText();
        SPFResult result;
        try {
            result = spf.checkSPF(address, sender, question.client().helo());
        } catch (RuntimeException | StackOverflowError e) {
            // Others' records are others' input, and the library looks at them by regular expressions.
            return Judgement.UNKNOWN;
        }
        String verdict = result.getResult();
        if (action == Action.REFUSE && verdict.equals("fail")) {
            return Judgement.refuse(Reply.of(550, "5.7.23 SPF: " + address + " may not send for this sender"));
        }
        if (action == Action.REFUSE && verdict.equals("temperror")) {
            return Judgement.refuse(Reply.of(451, "4.4.3 SPF: looking up the sender's domain failed"));
        }
        // RFC 7208 §9.1; only what is known to be printable.
        Judgement marked =
                Judgement.mark("Received-SPF: " + verdict + " receiver=" + hostname + "; client-ip=" + address
                        + ";\r\n\tenvelope-from=\"" + printable(sender) + "\"; helo="
                        + printable(question.client().helo())
                        + ";\r\n");
        return verdict.equals("pass")
                ? marked.sendingFor(question.sender()
                        .mailbox()
                        .map(Mailbox::domainKey)
                        .orElse(question.client().helo()))
                : marked;
    }

    private static String printable(String text) {
        StringBuilder safe = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            safe.append(c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != ';' ? c : '?');
        }
        return safe.toString();
    }
}
