/** Bytes of DNS messages: names, questions, records, options, and what edges put before them. */
@NullMarked
package io.steamgate.dns.wire;

import org.jspecify.annotations.NullMarked;
