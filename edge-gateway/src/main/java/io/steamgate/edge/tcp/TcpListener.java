package io.steamgate.edge.tcp;

/** A listening range of ports on one address. Closing or replacing it leaves its connections alone. */
public final class TcpListener {
    private final ListenTable table;
    private final int localAddress;
    private final int firstPort;
    private final int lastPort;
    private ListenOptions options;
    private Acceptor acceptor;
    private boolean closed;

    TcpListener(
            ListenTable table,
            int localAddress,
            int firstPort,
            int lastPort,
            ListenOptions options,
            Acceptor acceptor) {
        this.table = table;
        this.localAddress = localAddress;
        this.firstPort = firstPort;
        this.lastPort = lastPort;
        this.options = options;
        this.acceptor = acceptor;
    }

    /** {@code int} bits; 0 for every address of the stack. */
    public int localAddress() {
        return localAddress;
    }

    public int firstPort() {
        return firstPort;
    }

    public int lastPort() {
        return lastPort;
    }

    public ListenOptions options() {
        return options;
    }

    public Acceptor acceptor() {
        return acceptor;
    }

    /** From now on SYNs are answered as these say; handshakes under way go to the new acceptor. */
    public void replace(ListenOptions options, Acceptor acceptor) {
        this.options = options;
        this.acceptor = acceptor;
    }

    /** Stops accepting. Handshakes under way are forgotten. */
    public void close() {
        closed = true;
        table.remove(this);
    }

    boolean closed() {
        return closed;
    }

    boolean covers(int address, int port) {
        return port >= firstPort && port <= lastPort && (localAddress == 0 || localAddress == address);
    }

    boolean overlaps(TcpListener other) {
        return localAddress == other.localAddress && firstPort <= other.lastPort && other.firstPort <= lastPort;
    }
}
