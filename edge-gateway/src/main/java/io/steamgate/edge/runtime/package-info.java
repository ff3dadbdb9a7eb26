/** What every floor is given from outside: the clock, timers, randomness and counters. */
@NullMarked
package io.steamgate.edge.runtime;

import org.jspecify.annotations.NullMarked;
