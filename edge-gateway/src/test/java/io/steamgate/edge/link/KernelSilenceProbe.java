package io.steamgate.edge.link;

import io.steamgate.edge.wire.Ipv4Address;
import java.util.List;

/** {@link KernelSilence} in a process of its own, so that a test can take capabilities from it. */
final class KernelSilenceProbe {
    private KernelSilenceProbe() {}

    public static void main(String[] args) {
        try (KernelSilence silence = KernelSilence.keep(List.of(args[0]), List.of(Ipv4Address.parse(args[1])))) {
            System.out.println(silence);
        } catch (LinkException e) {
            System.out.println(e.getMessage());
        }
    }
}
