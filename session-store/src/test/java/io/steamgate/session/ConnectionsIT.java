package io.steamgate.session;

import io.quarkus.test.junit.QuarkusIntegrationTest;

@QuarkusIntegrationTest
class ConnectionsIT extends ConnectionsTest {}
