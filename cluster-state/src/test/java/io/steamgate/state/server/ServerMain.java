package io.steamgate.state.server;

import io.steamgate.state.embedded.Access;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.partitionhandling.AvailabilityMode;
import org.infinispan.server.hotrod.HotRodServer;
import org.infinispan.server.hotrod.configuration.HotRodServerConfigurationBuilder;
import org.infinispan.topology.CacheTopology;
import org.infinispan.topology.LocalTopologyManager;

/**
 * An Infinispan server as a process of its own, with the caches of META-INF/steamgate/caches.xml. The system properties
 * test.* say where; it says "ready" when it is, and stops orderly on SIGTERM.
 */
public final class ServerMain {
    private ServerMain() {}

    public static void main(String[] arguments) throws IOException {
        // Whatever becomes of the test, its servers end with it.
        ProcessHandle.of(Long.getLong("test.parent", -1))
                .ifPresent(parent ->
                        parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
        String address = System.getProperty("test.address");
        DefaultCacheManager manager = new DefaultCacheManager(
                Definition.of(Path.of(System.getProperty("test.directory")), "steamgate-test", "test-cluster.xml"),
                true);
        HotRodServer server = new HotRodServer();
        HotRodServerConfigurationBuilder configuration = new HotRodServerConfigurationBuilder()
                .host(address)
                .port(Integer.getInteger("test.port"))
                .proxyHost(address)
                .ioThreads(2);
        String keys = System.getProperty("test.keystore");
        if (keys != null) {
            configuration
                    .ssl()
                    .enable()
                    .keyStoreFileName(keys)
                    .keyStorePassword("secret".toCharArray())
                    .keyStoreType("PKCS12");
        }
        String password = System.getProperty("test.password");
        if (password != null) {
            configuration
                    .authentication()
                    .enable()
                    .sasl()
                    .authenticator(new OneUser(new Access.User("steamgate", password)))
                    .addAllowedMech(OneUser.MECHANISM)
                    .serverName("infinispan");
        }
        server.start(configuration.build(), manager);
        server.postStart();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.stop();
            manager.stop();
        }));
        System.out.println("ready");
        obey(manager);
    }

    /** What an operator can say to a server, who has a command line for it. */
    private static void obey(DefaultCacheManager manager) throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            if (command.equals("available")) {
                manager.getCacheNames()
                        .forEach(name ->
                                manager.getCache(name).getAdvancedCache().setAvailability(AvailabilityMode.AVAILABLE));
                System.out.println("made available");
            } else if (command.startsWith("rebalance ")) {
                rebalance(manager, command.equals("rebalance enable"));
                System.out.println("heard");
            } else if (command.startsWith("settle ")) {
                int members = Integer.parseInt(command.substring("settle ".length()));
                Thread.ofVirtual().start(() -> {
                    while (!manager.getCacheNames().stream().allMatch(name -> isSettled(manager, name, members))) {
                        LockSupport.parkNanos(20_000_000);
                    }
                    System.out.println("settled");
                });
            }
        }
    }

    private static void rebalance(DefaultCacheManager manager, boolean enabled) {
        try {
            GlobalComponentRegistry.componentOf(manager, LocalTopologyManager.class)
                    .setRebalancingEnabled(enabled);
        } catch (Exception e) {
            throw new IllegalStateException("cannot say whether to rebalance", e);
        }
    }

    /** Whether a cache is with so many servers, and nothing of it is on its way from one to another. */
    private static boolean isSettled(DefaultCacheManager manager, String name, int members) {
        CacheTopology topology = manager.getCache(name)
                .getAdvancedCache()
                .getDistributionManager()
                .getCacheTopology();
        return topology.getPendingCH() == null
                && topology.getCurrentCH().getMembers().size() == members
                && topology.getActualMembers().size() == members;
    }
}
