@NullMarked
package io.steamgate.state.badday;

import org.jspecify.annotations.NullMarked;
