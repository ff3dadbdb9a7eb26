@NullMarked
package io.steamgate.state.embedded;

import org.jspecify.annotations.NullMarked;
