/** An Infinispan server in the process of a service, for an installation of one machine, demo and tests. */
@NullMarked
package io.steamgate.state.embedded;

import org.jspecify.annotations.NullMarked;
