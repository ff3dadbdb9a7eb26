/** Who a client is: SASL mechanisms against a file of SCRAM verifiers. */
@NullMarked
package io.steamgate.mail.auth;

import org.jspecify.annotations.NullMarked;
