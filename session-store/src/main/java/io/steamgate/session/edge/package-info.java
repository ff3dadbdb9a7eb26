/** What arrives from an edge: PROXY protocol version 2, and who may say it. */
@NullMarked
package io.steamgate.session.edge;

import org.jspecify.annotations.NullMarked;
