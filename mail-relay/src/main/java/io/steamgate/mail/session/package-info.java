/** The server's side of one SMTP connection as a state machine: bytes and answers in, actions out. */
@NullMarked
package io.steamgate.mail.session;

import org.jspecify.annotations.NullMarked;
