package io.steamgate.mail.inspect;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.james.jdkim.api.Headers;

/** The header section of a message as it comes (RFC 5322 §2.2), up to a bound. */
final class HeaderSection implements Headers {
    /** A header section that is longer is judged by nobody. */
    static final int LIMIT = 64 * 1024;

    /** A message may ask for so many look-ups of keys; signatures above are not looked at. */
    private static final int SIGNATURES = 8;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private final List<String> fields = new ArrayList<>();
    private boolean lineStart = true;
    private boolean complete;

    /** Takes an octet of the message; false behind the empty line that ends the section. */
    boolean take(byte octet) {
        if (complete) {
            return false;
        }
        bytes.write(octet);
        if (octet == '\n') {
            if (lineStart) {
                finish();
            }
            lineStart = true;
        } else if (octet != '\r') {
            lineStart = false;
        }
        return true;
    }

    boolean isComplete() {
        return complete;
    }

    boolean isTooLong() {
        return bytes.size() > LIMIT;
    }

    /** No more comes: a message may be a header section alone. */
    void finish() {
        if (complete) {
            return;
        }
        complete = true;
        StringBuilder field = new StringBuilder();
        for (String line : bytes.toString(StandardCharsets.UTF_8).split("\r\n", -1)) {
            boolean folded = line.startsWith(" ") || line.startsWith("\t");
            if (folded && !field.isEmpty()) {
                field.append("\r\n").append(line);
                continue;
            }
            end(field);
            field.append(line);
        }
        end(field);
        bytes.reset();
    }

    private void end(StringBuilder field) {
        if (field.indexOf(":") > 0) {
            fields.add(field.toString());
        }
        field.setLength(0);
    }

    @Override
    public List<String> getFields() {
        return fields;
    }

    /** Fields of a name, as they are, in their order. */
    @Override
    public List<String> getFields(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        List<String> found = fields.stream()
                .filter(field -> field.substring(0, field.indexOf(':'))
                        .strip()
                        .toLowerCase(Locale.ROOT)
                        .equals(wanted))
                .toList();
        return wanted.equals("dkim-signature") && found.size() > SIGNATURES ? found.subList(0, SIGNATURES) : found;
    }

    /** What is behind the colon, unfolded. */
    static String value(String field) {
        return field.substring(field.indexOf(':') + 1).replace("\r\n", "").strip();
    }
}
