/** What all nodes of the cluster share, through the stores of cluster-state. */
@NullMarked
package io.steamgate.dns.shared;

import org.jspecify.annotations.NullMarked;
