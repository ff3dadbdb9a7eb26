/**
 * System tests: real clients and servers in the network namespaces of {@code ./steamgate lab}, with the edge between
 * them. {@link io.steamgate.e2e.Lab} lays it out and runs commands in it.
 */
@NullMarked
package io.steamgate.e2e;

import org.jspecify.annotations.NullMarked;
