/** Followers: pure functions from buffered bytes to a decision. */
@NullMarked
package io.steamgate.edge.follow;

import org.jspecify.annotations.NullMarked;
