/** What may refuse a message that the protocol allows. */
@NullMarked
package io.steamgate.mail.policy;

import org.jspecify.annotations.NullMarked;
