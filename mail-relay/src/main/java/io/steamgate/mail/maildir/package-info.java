/** Messages as files: Maildir, the embedded destination. */
@NullMarked
package io.steamgate.mail.maildir;

import org.jspecify.annotations.NullMarked;
