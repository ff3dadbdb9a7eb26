/** Zones that this service is authoritative for, and how they answer. */
@NullMarked
package io.steamgate.dns.zone;

import org.jspecify.annotations.NullMarked;
