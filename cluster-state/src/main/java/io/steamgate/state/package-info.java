/** Shared state for services: configuration, health, metrics, and beans for every store. */
@NullMarked
package io.steamgate.state;

import org.jspecify.annotations.NullMarked;
