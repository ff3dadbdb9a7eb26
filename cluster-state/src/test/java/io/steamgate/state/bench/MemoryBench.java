package io.steamgate.state.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.steamgate.state.ClusterState;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.member.Membership;
import io.steamgate.state.member.Rhythm;
import io.steamgate.state.member.Self;
import io.steamgate.state.store.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** What the library adds to the memory of a process that uses Netty anyway, as every service does. Prints MiB. */
public final class MemoryBench {
    private MemoryBench() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String server = arguments[0];
        int colon = server.lastIndexOf(':');
        NioEventLoopGroup group = new NioEventLoopGroup(2);
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(server.substring(0, colon), Integer.parseInt(server.substring(colon + 1)))
                .sync();
        double before = residentMib();
        ClusterState state = ClusterState.connect(
                ClientSettings.of(List.of(server)), Rhythm.DEFAULT, InstantSource.system(), CallObserver.NONE);
        while (!state.status().answering()) {
            LockSupport.parkNanos(10_000_000);
        }
        state.membership().join(new Self("memory", Set.of("bench"), List.of(), "1", () -> 0));
        for (int i = 0; i < 20_000; i++) {
            var unused = state.sessions()
                    .put(new Session("memory-" + i, "node", Optional.empty(), Map.of()), Lifespan.FOREVER)
                    .join();
        }
        while (state.membership().standing() != Membership.Standing.JOINED) {
            LockSupport.parkNanos(10_000_000);
        }
        System.out.printf("%.1f%n", residentMib() - before);
        state.close();
        var unused = group.shutdownGracefully();
        System.exit(0);
    }

    /** Live heap, and what is resident beside the heap, which bench/state has all touched from the start. */
    private static double residentMib() throws IOException {
        System.gc();
        Runtime heap = Runtime.getRuntime();
        return (heap.totalMemory() - heap.freeMemory()) / 1048576.0
                + Files.readAllLines(Path.of("/proc/self/status")).stream()
                                .filter(line -> line.startsWith("VmRSS:"))
                                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                                .findFirst()
                                .orElseThrow()
                        / 1024.0;
    }
}
