/** The mail relay as a service: configuration, start, health, metrics. */
@NullMarked
package io.steamgate.mail;

import org.jspecify.annotations.NullMarked;
