package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * nsd, knot and BIND serve the same zones and are asked the same questions. Where the three agree, the service must agree with
 * them: code, authority, and the records of the answer and authority section, whatever their order.
 */
class JudgesTest {
    private static final int QUESTIONS = 10_000;
    private static final int[] TYPES = {
        Type.A,
        Type.A,
        Type.A,
        Type.AAAA,
        Type.MX,
        Type.TXT,
        Type.NS,
        Type.CNAME,
        Type.SOA,
        Type.SRV,
        Type.DS,
        Type.DNAME
    };

    @TempDir
    Path directory;

    private static String zone(String origin) {
        StringBuilder zone = new StringBuilder("""
                $TTL 3600
                @ SOA ns host 1 7200 3600 1209600 300
                @ NS ns
                @ NS ns2
                @ MX 10 mail
                @ MX 20 mail.elsewhere.example.
                ns A 192.0.2.1
                ns2 A 192.0.2.2
                ns2 AAAA 2001:db8::2
                mail A 192.0.2.3
                *.wild A 192.0.2.4
                *.wild TXT "wild"
                in.wild MX 5 mail
                *.aliases CNAME h1
                wildmx.aliases MX 5 mail
                a.b.c.d A 192.0.2.5
                sub NS ns.sub
                sub NS ns
                ns.sub A 192.0.2.6
                host.sub A 192.0.2.7
                plain NS ns.elsewhere.example.
                dn DNAME target
                x.target A 192.0.2.8
                y.target CNAME x.target
                out CNAME www.elsewhere.example.
                chain0 CNAME chain1
                chain1 CNAME chain2
                chain2 CNAME h2
                dangling CNAME nothing
                toWild CNAME any.wild
                toSub CNAME www.sub
                _sip._udp SRV 1 2 5060 mail
                """);
        for (int i = 0; i < 100; i++) {
            zone.append("h%d A 10.0.0.%d\n".formatted(i, i));
            if (i % 3 == 0) {
                zone.append("h%d AAAA 2001:db8::%x\n".formatted(i, i));
            }
            if (i % 7 == 0) {
                zone.append("h%d TXT \"host %d\"\n".formatted(i, i));
            }
        }
        return zone.toString();
    }

    /** {@code options} of dnssec-signzone. */
    private String signed(String origin, String... options) throws IOException {
        String zone =
                zone(origin) + "sub DS 12345 13 2 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE010203040506070809000102\n";
        return SignedZone.by(directory, origin, zone, options).text();
    }

    private static Message question(Random random, List<String> origins) {
        String origin = origins.get(random.nextInt(origins.size())) + ".";
        String[] labels = {
            "h" + random.nextInt(110),
            "h" + random.nextInt(110),
            "any" + random.nextInt(50) + ".wild",
            "in.wild",
            "x.in.wild",
            "*.wild",
            "q" + random.nextInt(9) + ".aliases",
            "wildmx.aliases",
            "aliases",
            "a.b.c.d",
            "b.c.d",
            "d",
            "z.d",
            "sub",
            "www.sub",
            "ns.sub",
            "deep.www.sub",
            "plain",
            "x.plain",
            "dn",
            "x.dn",
            "y.dn",
            "no.dn",
            "out",
            "chain" + random.nextInt(3),
            "dangling",
            "towild",
            "tosub",
            "_sip._udp",
            "_udp",
            "mail",
            "ns",
            "",
            "no" + random.nextInt(1000),
            "no.h1",
            "H" + random.nextInt(100)
        };
        String label = labels[random.nextInt(labels.length)];
        int type = TYPES[random.nextInt(TYPES.length)];
        Message question = Ask.plain(label.isEmpty() ? origin : label + "." + origin, type);
        boolean dnssec = random.nextBoolean();
        question.addRecord(
                new org.xbill.DNS.OPTRecord(4096, 0, 0, dnssec ? org.xbill.DNS.ExtendedFlags.DO : 0),
                Section.ADDITIONAL);
        return question;
    }

    /** What of an answer is compared. */
    private static String essence(byte[] wire) throws IOException {
        Message message = new Message(wire);
        StringBuilder text = new StringBuilder("rcode " + message.getRcode());
        text.append(message.getHeader().getFlag(Flags.AA) ? " aa" : "");
        text.append(message.getHeader().getFlag(Flags.TC) ? " tc" : "");
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
            TreeSet<String> records = new TreeSet<>();
            for (Record record : message.getSection(section)) {
                records.add(record.toString().toLowerCase(Locale.ROOT));
            }
            text.append(section == Section.ANSWER ? "\nanswer\n" : "\nauthority\n")
                    .append(String.join("\n", records));
        }
        return text.toString();
    }

    private static final class Asker implements AutoCloseable {
        private final DatagramSocket socket;
        private final InetSocketAddress server;

        Asker(int port) throws IOException {
            server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
            socket.setSoTimeout(5000);
        }

        byte[] ask(byte[] query) throws IOException {
            socket.send(new DatagramPacket(query, query.length, server));
            DatagramPacket packet = new DatagramPacket(new byte[8192], 8192);
            socket.receive(packet);
            return Arrays.copyOf(packet.getData(), packet.getLength());
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    @Test
    void where_three_servers_agree_the_service_agrees_with_them() throws IOException {
        Map<String, String> zones = new TreeMap<>();
        zones.put("plain.test", zone("plain.test"));
        zones.put("nsec.test", signed("nsec.test"));
        zones.put("nsec3.test", signed("nsec3.test", "-3", "AABBCCDD", "-H", "3"));
        zones.put("optout.test", signed("optout.test", "-3", "-", "-H", "0", "-A"));
        Path own = Files.createDirectory(directory.resolve("own"));
        for (Map.Entry<String, String> zone : zones.entrySet()) {
            Files.writeString(own.resolve(zone.getKey() + ".zone"), zone.getValue());
        }
        Map<String, Integer> disagreements = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        List<String> alone = new ArrayList<>();
        int agreed = 0;
        try (Peer nsd = Peer.nsd(Files.createDirectory(directory.resolve("nsd")), zones);
                Peer knot = Peer.knot(Files.createDirectory(directory.resolve("knot")), zones);
                Peer bind = Peer.bind(Files.createDirectory(directory.resolve("bind")), zones);
                TestServer server = TestServer.with(
                        Map.of("zones.directory", own.toString(), "rate.per-second", "0", "udp-size", "4096"));
                Asker toNsd = new Asker(nsd.port());
                Asker toKnot = new Asker(knot.port());
                Asker toBind = new Asker(bind.port());
                Asker toUs = new Asker(server.port())) {
            Random random = new Random(20260102);
            for (int i = 0; i < QUESTIONS; i++) {
                Message question = question(random, List.copyOf(zones.keySet()));
                byte[] wire = question.toWire();
                String nsdSays = essence(toNsd.ask(wire));
                String knotSays = essence(toKnot.ask(wire));
                String bindSays = essence(toBind.ask(wire));
                String weSay = essence(toUs.ask(wire));
                if (nsdSays.equals(knotSays) && nsdSays.equals(bindSays)) {
                    agreed++;
                    if (!weSay.equals(nsdSays)) {
                        wrong.add(question.getQuestion() + (question.getOPT().getFlags() != 0 ? " DO" : "")
                                + "\nthey:\n" + nsdSays + "\nwe:\n" + weSay);
                    }
                } else {
                    String odd = nsdSays.equals(knotSays)
                            ? "bind"
                            : nsdSays.equals(bindSays) ? "knot" : knotSays.equals(bindSays) ? "nsd" : "all";
                    String with = weSay.equals(nsdSays)
                            ? " nsd"
                            : weSay.equals(knotSays) ? " knot" : weSay.equals(bindSays) ? " bind" : " nobody";
                    String name = question.getQuestion().getName().toString().replaceAll("[0-9]+", "N");
                    if (with.equals(" nobody")) {
                        alone.add(question.getQuestion() + "\nnsd: " + nsdSays + "\nknot: " + knotSays + "\nbind: "
                                + bindSays + "\nwe: " + weSay);
                    }
                    disagreements.merge(
                            "differs: " + odd + ", we are with" + with + ": " + name + " "
                                    + Type.string(question.getQuestion().getType()),
                            1,
                            Integer::sum);
                }
            }
        }
        Files.write(
                Path.of("target", "judges.txt"),
                disagreements.entrySet().stream()
                        .map(e -> e.getValue() + " " + e.getKey())
                        .toList());
        Files.write(Path.of("target", "judges-alone.txt"), alone);
        assertThat(wrong.stream().limit(3))
                .as("%d of %d differ", wrong.size(), agreed)
                .isEmpty();
        assertThat(agreed).isGreaterThan(QUESTIONS / 2);
    }
}
