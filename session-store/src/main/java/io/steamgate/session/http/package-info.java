/** One exchange of request and response: conditions, ranges and bodies of RFC 9110, whatever the content is. */
@NullMarked
package io.steamgate.session.http;

import org.jspecify.annotations.NullMarked;
