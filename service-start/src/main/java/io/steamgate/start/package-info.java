/** What every service does before it serves: it says what its operator got wrong, in one line for each. */
@NullMarked
package io.steamgate.start;

import org.jspecify.annotations.NullMarked;
