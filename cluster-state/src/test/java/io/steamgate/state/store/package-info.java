@NullMarked
package io.steamgate.state.store;

import org.jspecify.annotations.NullMarked;
