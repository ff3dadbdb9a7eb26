/** From a query's bytes to its answer's, and the sockets they travel through. */
@NullMarked
package io.steamgate.dns.serve;

import org.jspecify.annotations.NullMarked;
