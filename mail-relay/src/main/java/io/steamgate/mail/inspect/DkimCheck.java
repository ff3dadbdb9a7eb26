package io.steamgate.mail.inspect;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.james.jdkim.DKIMVerifier;
import org.apache.james.jdkim.api.BodyHasher;
import org.apache.james.jdkim.api.PublicKeyRecordRetriever;
import org.apache.james.jdkim.api.Result;
import org.apache.james.jdkim.exceptions.FailException;
import org.apache.james.jdkim.exceptions.TempFailException;
import org.jspecify.annotations.Nullable;

/**
 * DKIM (RFC 6376) of one message, by Apache James jDKIM: the keys are fetched once the header section is there, the
 * body is hashed as it goes by.
 */
final class DkimCheck {
    /** What a signature came to (RFC 8601 §2.7.1). */
    record Signature(String verdict, String domain) {}

    private final DKIMVerifier verifier;
    private @Nullable BodyHasher hasher;
    private boolean broken;
    private boolean unsure;

    DkimCheck(TxtLookup dns) {
        PublicKeyRecordRetriever keys = (method, selector, domain) -> {
            try {
                return dns.records(selector + "._domainkey." + domain);
            } catch (IOException e) {
                throw new TempFailException("DNS did not say");
            }
        };
        this.verifier = new DKIMVerifier(keys);
    }

    /** Fetches the keys; blocks. */
    void begin(HeaderSection headers) {
        try {
            hasher = verifier.newBodyHasher(headers);
        } catch (TempFailException e) {
            unsure = true;
        } catch (FailException | RuntimeException | StackOverflowError e) {
            // Others' signatures are others' input, and the library reads them by regular expressions that recurse.
            broken = true;
        }
    }

    void body(byte[] octets, int from, int to) {
        BodyHasher current = hasher;
        if (current == null) {
            return;
        }
        try {
            OutputStream out = current.getOutputStream();
            out.write(octets, from, to - from);
        } catch (IOException | RuntimeException e) {
            broken = true;
            hasher = null;
        }
    }

    /** What became of the signatures; none if there are none. */
    List<Signature> end() {
        BodyHasher current = hasher;
        if (current != null) {
            try {
                current.getOutputStream().close();
                verifier.verify(current);
            } catch (FailException | IOException | RuntimeException | StackOverflowError e) {
                broken = true;
            }
        }
        List<Signature> signatures = new ArrayList<>();
        for (Result result : verifier.getResults()) {
            if (result.getRecord() != null && result.getRecord().getDToken() != null) {
                signatures.add(signature(result));
            }
        }
        if (signatures.isEmpty() && (broken || unsure)) {
            signatures.add(new Signature(unsure ? "temperror" : "permerror", ""));
        }
        return signatures;
    }

    private static Signature signature(Result result) {
        String domain = result.getRecord().getDToken().toString().toLowerCase(Locale.ROOT);
        String verdict = result.getResultType().name().toLowerCase(Locale.ROOT);
        // RFC 8301 §3.1: whatever was signed by SHA-1 was not. Bad records may lack the name of their hash.
        boolean obsolete = verdict.equals("pass")
                && result.getRecord().getHashMethod().toString().equalsIgnoreCase("sha1");
        return new Signature(obsolete ? "policy" : verdict, domain);
    }
}
