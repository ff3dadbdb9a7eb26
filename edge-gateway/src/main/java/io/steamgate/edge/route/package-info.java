/** Listeners, rules, services and endpoints: the operator's routes and who is healthy. */
@NullMarked
package io.steamgate.edge.route;

import org.jspecify.annotations.NullMarked;
