package io.steamgate.edge.app;

import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The addresses and routes of the configuration, checked.
 *
 * @param byInterface each interface's own addresses
 * @param vips what clients connect to
 * @param gateways static routes
 */
record Addresses(Map<String, List<Ipv4Network>> byInterface, List<Ipv4Address> vips, List<Gateway> gateways) {

    /** A static route. */
    record Gateway(Ipv4Network network, Ipv4Address via) {
        private static final String SHAPE = "is not a route like '0.0.0.0/0 via 192.0.2.1' (steamgate.edge.gateways)";

        static Gateway parse(String text) {
            String[] words = text.strip().split("\\s+via\\s+");
            if (words.length != 2) {
                throw new OperatorException("'" + text + "' " + SHAPE);
            }
            try {
                return new Gateway(
                        Ipv4Network.parse(words[0].equals("default") ? "0.0.0.0/0" : words[0]),
                        Ipv4Address.parse(words[1]));
            } catch (IllegalArgumentException e) {
                throw new OperatorException("'" + text + "' " + SHAPE);
            }
        }

        void addTo(Stack stack) {
            for (Nic nic : stack.nics()) {
                if (nic.addresses().stream().anyMatch(address -> address.contains(via))) {
                    stack.routes().add(network, nic, via);
                    return;
                }
            }
        }
    }

    static Addresses of(EdgeConfig config) {
        Map<String, List<Ipv4Network>> byInterface = new LinkedHashMap<>();
        config.interfaces()
                .forEach((name, settings) -> byInterface.put(
                        name,
                        settings.addresses().stream()
                                .map(text -> network(text, "steamgate.edge.interfaces." + name + ".addresses"))
                                .toList()));
        if (byInterface.isEmpty()) {
            throw new OperatorException("no interface is configured: set steamgate.edge.interfaces.NAME.addresses");
        }
        List<Ipv4Address> vips = new ArrayList<>();
        if (config.vips().isEmpty()) {
            throw new OperatorException("no address for clients is configured: set steamgate.edge.vips");
        }
        for (String text : config.vips().get()) {
            Ipv4Address vip;
            try {
                vip = Ipv4Address.parse(text);
            } catch (IllegalArgumentException e) {
                throw new OperatorException(e.getMessage() + " (steamgate.edge.vips)");
            }
            boolean owned = byInterface.values().stream()
                    .flatMap(List::stream)
                    .anyMatch(own -> own.address().equals(vip));
            if (!owned) {
                throw new OperatorException(
                        vip + " of steamgate.edge.vips is on no interface: add it to one's addresses, with its prefix");
            }
            vips.add(vip);
        }
        List<Gateway> gateways =
                config.gateways().orElse(List.of()).stream().map(Gateway::parse).toList();
        for (Gateway gateway : gateways) {
            boolean reached =
                    byInterface.values().stream().flatMap(List::stream).anyMatch(own -> own.contains(gateway.via()));
            if (!reached) {
                throw new OperatorException(gateway.via() + " of steamgate.edge.gateways is on no interface's network");
            }
        }
        return new Addresses(byInterface, List.copyOf(vips), gateways);
    }

    private static Ipv4Network network(String text, String key) {
        Ipv4Network network;
        try {
            network = Ipv4Network.parse(text);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(e.getMessage() + " (" + key + ")");
        }
        if (!text.contains("/") || !network.address().isUnicastHost()) {
            throw new OperatorException(
                    "'" + text + "' is not a host's address with its prefix, like 192.0.2.10/24 (" + key + ")");
        }
        return network;
    }

    List<Ipv4Network> of(String name) {
        return byInterface.getOrDefault(name, List.of());
    }

    /** Every address of the stack. */
    List<Ipv4Address> all() {
        return byInterface.values().stream()
                .flatMap(List::stream)
                .map(Ipv4Network::address)
                .toList();
    }
}
