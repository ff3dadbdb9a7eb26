/** Answers that were fetched, in wire form: this node's level and the port to the shared one. */
@NullMarked
package io.steamgate.dns.cache;

import org.jspecify.annotations.NullMarked;
