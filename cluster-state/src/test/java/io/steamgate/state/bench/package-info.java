@NullMarked
package io.steamgate.state.bench;

import org.jspecify.annotations.NullMarked;
