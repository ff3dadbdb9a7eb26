@NullMarked
package io.steamgate.state;

import org.jspecify.annotations.NullMarked;
