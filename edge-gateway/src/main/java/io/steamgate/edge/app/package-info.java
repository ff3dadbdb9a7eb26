/** The Quarkus application: configuration, wiring, metrics, health and the flow list. */
@NullMarked
package io.steamgate.edge.app;

import org.jspecify.annotations.NullMarked;
