/** Sites: paths, files, conditions and ranges of RFC 9110. */
@NullMarked
package io.steamgate.session.site;

import org.jspecify.annotations.NullMarked;
