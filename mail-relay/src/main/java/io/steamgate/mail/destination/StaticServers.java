package io.steamgate.mail.destination;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Servers by configuration: each message begins with one of them, chosen by weight, and goes on to the others. */
public final class StaticServers implements Servers {
    /** @param weight more than zero */
    public record Weighted(Server server, int weight) {}

    private final List<Weighted> servers;
    private final RandomGenerator random;

    public StaticServers(List<Weighted> servers, RandomGenerator random) {
        this.servers = List.copyOf(servers);
        this.random = random;
    }

    @Override
    public String place(String domain) {
        return "";
    }

    @Override
    public void find(EventLoop loop, String domain, Answer answer) {
        answer.found(order());
    }

    List<Server> order() {
        if (servers.size() == 1) {
            return List.of(servers.getFirst().server());
        }
        List<Weighted> left = new ArrayList<>(servers);
        List<Server> ordered = new ArrayList<>(left.size());
        int total = left.stream().mapToInt(Weighted::weight).sum();
        while (!left.isEmpty()) {
            int point = random.nextInt(total);
            int i = 0;
            while (point >= left.get(i).weight()) {
                point -= left.get(i).weight();
                i++;
            }
            Weighted chosen = left.remove(i);
            total -= chosen.weight();
            ordered.add(chosen.server());
        }
        return ordered;
    }
}
