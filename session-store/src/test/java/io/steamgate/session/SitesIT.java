package io.steamgate.session;

import io.quarkus.test.junit.QuarkusIntegrationTest;

@QuarkusIntegrationTest
class SitesIT extends SitesTest {}
