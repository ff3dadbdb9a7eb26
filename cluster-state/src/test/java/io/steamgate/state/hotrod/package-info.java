@NullMarked
package io.steamgate.state.hotrod;

import org.jspecify.annotations.NullMarked;
