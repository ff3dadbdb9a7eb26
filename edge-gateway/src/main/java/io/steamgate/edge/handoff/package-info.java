/** From a decided connection to a spliced flow: replay, splice, flow table, data paths. */
@NullMarked
package io.steamgate.edge.handoff;

import org.jspecify.annotations.NullMarked;
