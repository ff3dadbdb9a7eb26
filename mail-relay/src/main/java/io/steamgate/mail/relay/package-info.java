/** Connections: Netty channels that drive the state machines. */
@NullMarked
package io.steamgate.mail.relay;

import org.jspecify.annotations.NullMarked;
