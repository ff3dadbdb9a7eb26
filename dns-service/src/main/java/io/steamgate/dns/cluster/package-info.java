/** Clusters of the world: which are there, where each is, and the zones that tell it. */
@NullMarked
package io.steamgate.dns.cluster;

import org.jspecify.annotations.NullMarked;
