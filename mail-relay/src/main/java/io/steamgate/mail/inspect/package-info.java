/** What looks at a message beside its stream, and may stop it before its end goes on. */
@NullMarked
package io.steamgate.mail.inspect;

import org.jspecify.annotations.NullMarked;
