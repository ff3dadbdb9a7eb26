/** Sockets for the protocols that live in the edge itself, for virtual threads. */
@NullMarked
package io.steamgate.edge.socket;

import org.jspecify.annotations.NullMarked;
