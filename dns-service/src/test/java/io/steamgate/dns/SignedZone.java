package io.steamgate.dns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A zone that BIND's tools have signed.
 *
 * @param text the zone as a master file
 * @param ds the records that its parent vouches for it with
 */
record SignedZone(String text, String ds) {
    /**
     * @param directory where its keys are left
     * @param options of dnssec-signzone
     */
    static SignedZone by(Path directory, String origin, String zone, String... options) throws IOException {
        Path keys = Files.createDirectory(directory.resolve("keys-" + (origin.equals(".") ? "root" : origin)));
        for (List<String> kind : List.of(List.of("-f", "KSK"), List.<String>of())) {
            List<String> command =
                    new ArrayList<>(List.of("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-K", keys.toString()));
            command.addAll(kind);
            command.add(origin);
            Peer.run(command);
        }
        Files.writeString(keys.resolve("zone"), zone);
        List<String> sign = new ArrayList<>(List.of(
                "dnssec-signzone",
                "-q",
                "-S",
                "-P",
                "-K",
                keys.toString(),
                "-d",
                keys.toString(),
                "-o",
                origin,
                "-O",
                "full",
                "-f",
                keys.resolve("signed").toString()));
        sign.addAll(List.of(options));
        sign.add(keys.resolve("zone").toString());
        Peer.run(sign);
        try (var files = Files.list(keys)) {
            Path ds = files.filter(file -> file.getFileName().toString().startsWith("dsset-"))
                    .findFirst()
                    .orElseThrow();
            return new SignedZone(Files.readString(keys.resolve("signed")), Files.readString(ds));
        }
    }
}
