/** The edge gateway. Each sub-package is a floor of the house and knows only the floors under it. */
@NullMarked
package io.steamgate.edge;

import org.jspecify.annotations.NullMarked;
