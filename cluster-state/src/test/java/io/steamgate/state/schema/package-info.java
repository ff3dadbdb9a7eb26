@NullMarked
package io.steamgate.state.schema;

import org.jspecify.annotations.NullMarked;
