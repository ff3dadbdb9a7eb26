/** TCP (RFC 9293): segments in, segments out, one connection a state machine. */
@NullMarked
package io.steamgate.edge.tcp;

import org.jspecify.annotations.NullMarked;
