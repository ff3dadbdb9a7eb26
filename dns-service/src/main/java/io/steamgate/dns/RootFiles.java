package io.steamgate.dns;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.dns.resolve.IpPreference;
import io.steamgate.dns.resolve.Resolvers;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.zone.ZoneFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Where the root is and what it is signed with: the world's, or what the operator names. */
final class RootFiles {
    private RootFiles() {}

    static Resolvers.Iteration iteration(DnsConfig.Iterate config) {
        List<Rr> hints = records("iterate.root-hints", read("iterate.root-hints", config.rootHints(), "root.hints"));
        IpPreference ip = config.ip();
        boolean reachable = hints.stream()
                .anyMatch(rr -> rr.type() == Dns.A && ip != IpPreference.IPV6
                        || rr.type() == Dns.AAAA && ip != IpPreference.IPV4);
        if (!reachable) {
            throw new ConfigurationException("steamgate.dns.iterate.root-hints: there is no address in it that"
                    + " steamgate.dns.iterate.ip has asked");
        }
        Optional<byte[]> anchors = config.validate()
                ? Optional.of(read("iterate.trust-anchors", config.trustAnchors(), "root.anchors"))
                : Optional.empty();
        anchors.ifPresent(bytes -> {
            if (records("iterate.trust-anchors", bytes).isEmpty()) {
                throw new ConfigurationException("steamgate.dns.iterate.trust-anchors: there is no record in it");
            }
        });
        return new Resolvers.Iteration(hints, anchors, config.port(), ip);
    }

    private static byte[] read(String key, Optional<String> file, String resource) {
        try {
            if (file.isPresent()) {
                return Files.readAllBytes(Path.of(file.get()));
            }
            try (InputStream in = RootFiles.class.getResourceAsStream(resource)) {
                if (in == null) {
                    throw new IllegalStateException(resource + " is not in the application");
                }
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw new ConfigurationException("steamgate.dns." + key + ": " + e);
        }
    }

    private static List<Rr> records(String key, byte[] text) {
        List<Rr> records = new ArrayList<>();
        try (Master master = new Master(new ByteArrayInputStream(text), Name.root, 3600)) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(ZoneFile.rr(record));
            }
            return records;
        } catch (IOException | RuntimeException e) {
            throw new ConfigurationException("steamgate.dns." + key + ": " + e.getMessage());
        }
    }
}
