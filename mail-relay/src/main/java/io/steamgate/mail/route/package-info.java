/** Which destination a recipient has. */
@NullMarked
package io.steamgate.mail.route;

import org.jspecify.annotations.NullMarked;
