package io.steamgate.dns.serve;

/** Who asks: its own address, also where an edge speaks for it. Made to be used again for the next query. */
public final class Client {
    private byte[] address = new byte[4];
    private int port;
    private Transport transport = Transport.UDP;

    /** @param address 4 or 16 octets */
    public void set(byte[] address, int port, Transport transport) {
        this.address = address;
        this.port = port;
        this.transport = transport;
    }

    public byte[] address() {
        return address;
    }

    public int port() {
        return port;
    }

    public Transport transport() {
        return transport;
    }
}
