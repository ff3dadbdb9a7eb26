/** What a cluster knows, each thing in a store that speaks its language. */
@NullMarked
package io.steamgate.state.store;

import org.jspecify.annotations.NullMarked;
