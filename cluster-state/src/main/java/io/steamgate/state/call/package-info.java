/** What every call to shared state has: a time budget, a circuit breaker, and an answer that says what came of it. */
@NullMarked
package io.steamgate.state.call;

import org.jspecify.annotations.NullMarked;
