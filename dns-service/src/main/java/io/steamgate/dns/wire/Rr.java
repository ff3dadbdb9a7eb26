package io.steamgate.dns.wire;

/**
 * A resource record of class IN.
 *
 * @param owner in wire form
 * @param ttl seconds
 * @param rdata without compression
 */
public record Rr(byte[] owner, int type, int ttl, byte[] rdata) {}
