package io.steamgate.edge.tcp;

import io.steamgate.edge.wire.Ipv4Address;

/** What a four-tuple may lead to. */
abstract sealed class TcpEntry permits TcpConnection, Embryo, TimeWait {
    final int localAddress;
    final int remoteAddress;
    /** Local port in the high half, remote port in the low one. */
    final int ports;

    TcpEntry(int localAddress, int localPort, int remoteAddress, int remotePort) {
        this.localAddress = localAddress;
        this.remoteAddress = remoteAddress;
        this.ports = localPort << 16 | remotePort & 0xFFFF;
    }

    public int localAddress() {
        return localAddress;
    }

    public int localPort() {
        return ports >>> 16;
    }

    public int remoteAddress() {
        return remoteAddress;
    }

    public int remotePort() {
        return ports & 0xFFFF;
    }

    String addresses() {
        return new Ipv4Address(localAddress) + ":" + localPort() + " - " + new Ipv4Address(remoteAddress) + ":"
                + remotePort();
    }
}
