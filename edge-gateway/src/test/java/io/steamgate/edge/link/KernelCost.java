package io.steamgate.edge.link;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * What the kernel's program costs a packet, by how many splices there are: {@code ./steamgate bench kernel} runs it. The
 * kernel itself times the program (BPF_PROG_TEST_RUN); receiving, redirecting and sending are not in it. Prints lines of
 * tab-separated round, measure, subject, value and unit.
 */
final class KernelCost {
    private static final int CLIENTS = 0x0A00_0000;
    private static final int VIP = 0xC000_020A;
    /** A packet is sent on with one less to live, and comes to its own splice again until it has one left. */
    private static final int LIVES = 255;

    private static final int CALLS = 2_000;

    private KernelCost() {}

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        for (String count : Arrays.asList(arguments).subList(1, arguments.length)) {
            int entries = Integer.parseInt(count);
            try (KernelProgram kernel = new KernelProgram(entries)) {
                kernel.neighbor(0, 1, 2, 1500);
                for (int i = 0; i < entries; i++) {
                    int number = kernel.table().tcp().take();
                    kernel.table().splices().write(number, toItself(i));
                    kernel.table().tcp().enter(number);
                    if (i % 1024 == 0) {
                        kernel.table().flush();
                    }
                }
                kernel.table().flush();
                for (int round = 1; round <= rounds; round++) {
                    report(round, "one-active", entries, oneActive(kernel, entries), "ns/packet");
                    report(round, "all-active", entries, allActive(kernel, entries), "ns/packet");
                }
                report(1, "memory", entries, memory() / (double) (1 << 20), "MiB");
            }
        }
    }

    private static void report(int round, String measure, int entries, double value, String unit) {
        System.out.printf(Locale.ROOT, "%d\t%s\tentries-%d\t%.1f\t%s%n", round, measure, entries, value, unit);
    }

    private static double oneActive(KernelProgram kernel, int entries) {
        byte[] packet = packet(entries / 2);
        double[] nanos = new double[CALLS];
        for (int i = 0; i < CALLS; i++) {
            nanos[i] = kernel.nanos(packet, LIVES - 2);
        }
        return median(nanos);
    }

    /** Each time another one: its splice is in no cache of the processor when there are many. */
    private static double allActive(KernelProgram kernel, int entries) {
        Random random = new Random(3);
        double[] nanos = new double[CALLS * 10];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = kernel.nanos(packet(random.nextInt(entries)), 1);
        }
        return median(nanos);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static SpliceRules toItself(int i) {
        SpliceRules rules = new SpliceRules();
        rules.source = CLIENTS + i / 50_000;
        rules.destination = VIP;
        rules.ports = 1024 + i % 50_000 << 16 | 80;
        rules.newSource = rules.source;
        rules.newDestination = rules.destination;
        rules.newPorts = rules.ports;
        return rules;
    }

    private static byte[] packet(int i) {
        SpliceRules rules = toItself(i);
        ByteBuffer b = ByteBuffer.allocate(14 + 20 + 32 + 100);
        b.put(new byte[12]).putShort((short) 0x800);
        b.put((byte) 0x45).put((byte) 0).putShort((short) 152).putInt(0x4000);
        b.put((byte) LIVES)
                .put((byte) 6)
                .putShort((short) 0)
                .putInt(rules.source)
                .putInt(rules.destination);
        b.putInt(rules.ports).putInt(1000).putInt(2000);
        b.put((byte) 0x80).put((byte) 16).putShort((short) 5).putInt(0);
        b.putInt(0x0101_080A).putInt(1).putInt(2);
        return b.array();
    }

    /** Bytes that the kernel counts for the maps of this process. */
    private static long memory() throws Exception {
        long bytes = 0;
        try (var descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
            for (Path descriptor : descriptors.toList()) {
                String info = Files.readString(descriptor);
                if (info.contains("map_type:")) {
                    bytes += info.lines()
                            .filter(line -> line.startsWith("memlock:"))
                            .mapToLong(line -> Long.parseLong(line.substring(8).strip()))
                            .sum();
                }
            }
        }
        return bytes;
    }
}
