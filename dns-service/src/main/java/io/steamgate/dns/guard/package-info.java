/** Who may ask what and how often: address blocks, cookies, response rate limiting. */
@NullMarked
package io.steamgate.dns.guard;

import org.jspecify.annotations.NullMarked;
