package io.steamgate.dns;

import io.quarkus.test.junit.QuarkusIntegrationTest;

@QuarkusIntegrationTest
class DnsServiceIT extends DnsServiceTest {}
