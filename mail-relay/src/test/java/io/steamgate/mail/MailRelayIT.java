package io.steamgate.mail;

import io.quarkus.test.junit.QuarkusIntegrationTest;

@QuarkusIntegrationTest
class MailRelayIT extends MailRelayTest {}
