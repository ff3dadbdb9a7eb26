package io.steamgate.dns.maintain;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.zone.Zone;
import java.util.List;

/** The smallest zone with an address: what transfers and updates change. Its serial is 7. */
final class SmallZone {
    static final byte[] ORIGIN = Names.parse("a.test");

    private SmallZone() {}

    static Zone make() {
        byte[] soa = new byte[22];
        soa[5] = 7;
        return Zone.of(
                ORIGIN,
                List.of(
                        new Rr(ORIGIN, Dns.SOA, 60, soa),
                        new Rr(ORIGIN, Dns.NS, 60, Names.parse("ns.a.test")),
                        new Rr(Names.parse("ns.a.test"), Dns.A, 60, new byte[] {1, 2, 3, 4})));
    }
}
