/** The HTTP service: a directory per host, served to clients that an edge handed over. */
@NullMarked
package io.steamgate.session;

import org.jspecify.annotations.NullMarked;
