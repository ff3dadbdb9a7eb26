package io.steamgate.mail.inspect;

import java.io.IOException;
import java.util.List;

/** TXT records by name; blocks. */
public interface TxtLookup {
    /**
     * The records of a name, each with its strings joined; none if there is no such name.
     *
     * @throws IOException DNS did not say
     */
    List<String> records(String name) throws IOException;
}
