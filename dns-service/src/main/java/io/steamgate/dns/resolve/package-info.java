/** How an answer that is not here is fetched. */
@NullMarked
package io.steamgate.dns.resolve;

import org.jspecify.annotations.NullMarked;
