/** The DNS service: authoritative for zones and the cluster, and a cache for everybody else. */
@NullMarked
package io.steamgate.dns;

import org.jspecify.annotations.NullMarked;
