/** The protocol, pure: commands, paths, replies, and the scanner of message content (RFC 5321). */
@NullMarked
package io.steamgate.mail.smtp;

import org.jspecify.annotations.NullMarked;
