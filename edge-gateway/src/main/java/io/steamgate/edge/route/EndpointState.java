package io.steamgate.edge.route;

import io.steamgate.edge.runtime.Counter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint as it is now. It outlives reloads of the routes file and stays with its flows when it is taken out of it.
 * Changed on the poll loop only; every accessor may be read from any thread.
 */
public final class EndpointState {
    private final String serviceName;
    private final Runnable changed;
    private final Counter activeFlows = new Counter();
    private final Counter totalFlows = new Counter();
    private final Counter connectFailures = new Counter();
    private final Counter checksPassed = new Counter();
    private final Counter checksFailed = new Counter();
    private final Counter healthChanges = new Counter();

    private volatile Endpoint endpoint;
    private volatile Health health = Health.UNKNOWN;
    private volatile boolean removed;
    private volatile Optional<TcpOptions> learnt = Optional.empty();

    private volatile HealthCheck rules = HealthCheck.DEFAULT;
    /** Has been healthy since it was last forgotten. */
    private boolean proven;

    private int passesInRow;
    private int failuresInRow;
    private @Nullable Runnable ejected;

    /** The balancer's: a running credit, and when it was last chosen. */
    long credit;

    long lastPick;
    private final long hashSeed;

    /** @param changed runs when anything changes that a listener's offer depends on */
    EndpointState(String serviceName, Endpoint endpoint, Runnable changed) {
        this.serviceName = serviceName;
        this.endpoint = endpoint;
        this.changed = changed;
        hashSeed = ClientHash.seed(endpoint);
    }

    public String serviceName() {
        return serviceName;
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    public Health health() {
        return health;
    }

    /** Whether health checks are made; without them it stays {@link Health#UNKNOWN} as long as connections succeed. */
    public boolean checked() {
        return rules.enabled();
    }

    /** Whether the file asks for it, or it is no longer in the file: no new flows, old ones end in peace. */
    public boolean draining() {
        return removed || endpoint.drain();
    }

    /** Whether it is no longer in the file. */
    public boolean removed() {
        return removed;
    }

    /** What it accepted when it was last checked. */
    public Optional<TcpOptions> learnt() {
        return learnt;
    }

    /** A gauge: {@link #flowOpened} less {@link #flowClosed}. */
    public Counter activeFlows() {
        return activeFlows;
    }

    public Counter totalFlows() {
        return totalFlows;
    }

    public Counter connectFailures() {
        return connectFailures;
    }

    public Counter checksPassed() {
        return checksPassed;
    }

    public Counter checksFailed() {
        return checksFailed;
    }

    /** How often it became healthy or unhealthy. */
    public Counter healthChanges() {
        return healthChanges;
    }

    /** A flow was given to it; called at once when it is picked, so that the next pick knows. */
    public void flowOpened() {
        activeFlows.increment();
        totalFlows.increment();
    }

    /** A flow of it is over, or could not be connected after all. */
    public void flowClosed() {
        activeFlows.add(-1);
    }

    /** A real connection was answered. */
    public void connected() {
        if (health != Health.UNHEALTHY) {
            failuresInRow = 0;
        }
    }

    /** A real connection was refused or not answered: as many as {@code fall} in a row make it unhealthy. */
    public void connectFailed() {
        connectFailures.increment();
        failed(rules.fall());
    }

    /** A health check was answered with {@code options}. */
    void checkPassed(TcpOptions options) {
        checksPassed.increment();
        if (!learnt.equals(Optional.of(options))) {
            learnt = Optional.of(options);
            changed.run();
        }
        failuresInRow = 0;
        passesInRow++;
        if (health != Health.HEALTHY && (!proven || passesInRow >= rules.rise())) {
            become(Health.HEALTHY);
        }
    }

    void checkFailed() {
        checksFailed.increment();
        failed(health == Health.UNKNOWN ? 1 : rules.fall());
    }

    private void failed(int fall) {
        passesInRow = 0;
        failuresInRow++;
        if (health != Health.UNHEALTHY && failuresInRow >= fall) {
            become(Health.UNHEALTHY);
            if (ejected != null) {
                ejected.run();
            }
        }
    }

    /** Nothing is known of it any more, good or bad; it has to be seen again. */
    void forget() {
        failuresInRow = 0;
        passesInRow = 0;
        proven = false;
        if (health != Health.UNKNOWN || learnt.isPresent()) {
            health = Health.UNKNOWN;
            learnt = Optional.empty();
            changed.run();
        }
    }

    /** Whether it has ever been healthy; {@code rise} is for those that were and failed. */
    boolean proven() {
        return proven;
    }

    private void become(Health next) {
        proven |= next == Health.HEALTHY;
        health = next;
        healthChanges.increment();
        passesInRow = 0;
        failuresInRow = 0;
        changed.run();
    }

    /** It is (again) in the file. */
    void configure(Endpoint inFile, HealthCheck check) {
        endpoint = inFile;
        rules = check;
        removed = false;
    }

    void remove() {
        removed = true;
    }

    /** Runs each time it becomes unhealthy. */
    void onEjected(@Nullable Runnable action) {
        ejected = action;
    }

    long hashSeed() {
        return hashSeed;
    }

    /** Whether it may be given one more flow, whatever its health. */
    boolean open() {
        Endpoint now = endpoint;
        return !removed && !now.drain() && (now.maxFlows() == 0 || activeFlows.get() < now.maxFlows());
    }

    @Override
    public String toString() {
        return serviceName + "/" + endpoint + " " + (draining() ? "draining " : "") + health.word() + ", "
                + activeFlows.get() + " flows";
    }
}
