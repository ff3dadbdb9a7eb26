package io.steamgate.edge.handoff;

import io.steamgate.edge.tcp.TcpConnection;

/** Moves what one connection has received to another: bytes, then the end of the stream. */
final class Pump {
    private Pump() {}

    /** @return how many of the first {@code most} readable bytes were moved */
    static int some(TcpConnection from, TcpConnection to, int most) {
        int wanted = Math.min(from.readable(), most);
        int taken = wanted <= 0 ? 0 : to.write(from.receiveArray(), from.receiveOffset(), wanted);
        if (taken > 0) {
            from.consume(taken);
        }
        return taken;
    }

    /** @return whether nothing is left to move: {@code to} has taken every byte of {@code from} */
    static boolean move(TcpConnection from, TcpConnection to) {
        int readable = from.readable();
        if (readable > 0) {
            int taken = to.write(from.receiveArray(), from.receiveOffset(), readable);
            if (taken > 0) {
                from.consume(taken);
            }
            if (taken < readable) {
                return false;
            }
        }
        if (from.endOfStream()) {
            to.shutdownOutput();
        }
        return true;
    }
}
