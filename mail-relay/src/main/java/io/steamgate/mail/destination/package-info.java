/** Where messages go: SMTP and LMTP servers, Maildir. */
@NullMarked
package io.steamgate.mail.destination;

import org.jspecify.annotations.NullMarked;
