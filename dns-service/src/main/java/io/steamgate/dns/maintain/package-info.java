/** What copies and changes zones: transfers, notifications, updates, and the keys that sign them. */
@NullMarked
package io.steamgate.dns.maintain;

import org.jspecify.annotations.NullMarked;
