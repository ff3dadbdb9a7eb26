/** The embedded server. Nothing refers to this package but a service entry, so that native executables go without it. */
@NullMarked
package io.steamgate.state.server;

import org.jspecify.annotations.NullMarked;
