/** Event loops, and the kernel's interface to them. */
@NullMarked
package io.steamgate.dns.net;

import org.jspecify.annotations.NullMarked;
