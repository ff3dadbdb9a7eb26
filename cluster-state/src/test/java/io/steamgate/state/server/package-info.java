@NullMarked
package io.steamgate.state.server;

import org.jspecify.annotations.NullMarked;
