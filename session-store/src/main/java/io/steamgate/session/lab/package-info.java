/** Endpoints that exist for tests and demonstrations only; off unless configured. */
@NullMarked
package io.steamgate.session.lab;

import org.jspecify.annotations.NullMarked;
