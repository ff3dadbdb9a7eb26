package io.steamgate.mail.inspect;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Any message and any record: a verdict, and never an exception. */
class InspectFuzzTest {
    @FuzzTest
    void fuzz(byte[] input) {
        if (input.length > 800) {
            return;
        }
        HeaderSection header = new HeaderSection();
        for (byte octet : input) {
            header.take(octet);
        }
        header.finish();
        String record = new String(input, StandardCharsets.UTF_8);
        TxtLookup dns = name -> List.of(record, "v=DKIM1; p=" + record);
        DkimCheck dkim = new DkimCheck(dns);
        dkim.begin(header);
        dkim.body(input, 0, input.length);
        for (DkimCheck.Signature signature : dkim.end()) {
            if (signature.verdict().isEmpty()) {
                throw new AssertionError("no verdict");
            }
        }
        Dmarc.Finding finding = new Dmarc(name -> List.of(record), new Random(1))
                .judge(header.getFields("from"), Set.of(record), Optional.of(record));
        if (finding.verdict().equals("pass") && !record.contains("v=")) {
            throw new AssertionError("passed without a record");
        }
    }
}
