/** Who is in the cluster: heartbeats of this node, and what the others' heartbeats say. */
@NullMarked
package io.steamgate.state.member;

import org.jspecify.annotations.NullMarked;
