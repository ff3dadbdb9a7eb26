/** The Hot Rod client: the one place, with the schema and the embedded server, that knows Infinispan. */
@NullMarked
package io.steamgate.state.hotrod;

import org.jspecify.annotations.NullMarked;
