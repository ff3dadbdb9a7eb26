/** Filters by others, asked in the milter protocol. */
@NullMarked
package io.steamgate.mail.milter;

import org.jspecify.annotations.NullMarked;
