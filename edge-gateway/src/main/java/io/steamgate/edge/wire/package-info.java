/** One protocol a file: a view over bytes that cannot throw once wrapped, and a record with parse and emit. */
@NullMarked
package io.steamgate.edge.wire;

import org.jspecify.annotations.NullMarked;
