package io.steamgate.mail.inspect;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Lookup;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** TXT records by dnsjava. */
public final class DnsTxt implements TxtLookup {
    private final Resolver resolver;

    public DnsTxt(Resolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public List<String> records(String name) throws IOException {
        Lookup lookup;
        try {
            lookup = new Lookup(name + ".", Type.TXT);
        } catch (TextParseException e) {
            // No name at all, so nothing is there.
            return List.of();
        }
        lookup.setResolver(resolver);
        Record[] found = lookup.run();
        if (lookup.getResult() == Lookup.TRY_AGAIN || lookup.getResult() == Lookup.UNRECOVERABLE) {
            throw new IOException(name + ": " + lookup.getErrorString());
        }
        List<String> records = new ArrayList<>();
        if (found != null) {
            for (Record record : found) {
                if (record instanceof TXTRecord txt) {
                    records.add(String.join("", txt.getStrings()));
                }
            }
        }
        return records;
    }
}
