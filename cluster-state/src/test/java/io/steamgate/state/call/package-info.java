@NullMarked
package io.steamgate.state.call;

import org.jspecify.annotations.NullMarked;
