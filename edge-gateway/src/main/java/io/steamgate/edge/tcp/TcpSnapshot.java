package io.steamgate.edge.tcp;

/**
 * A connection at the moment it left the stack, or as it is given back to it.
 *
 * @param localAddress ours
 * @param localPort ours
 * @param remoteAddress the peer's
 * @param remotePort the peer's
 * @param iss our initial sequence number
 * @param irs the peer's
 * @param sndUna the oldest byte of ours that the peer has not acknowledged
 * @param sndNxt after the last byte (or FIN) we sent; less than {@code sndMax} only while retransmitting
 * @param sndMax after the highest byte (or FIN) we ever sent
 * @param sndWnd the peer's window in bytes, from {@code sndUna}
 * @param sndWl1 sequence number of the segment that brought {@code sndWnd}
 * @param sndWl2 acknowledgement number of that segment
 * @param rcvNxt the next byte we expect
 * @param rcvWnd the window in bytes that a segment sent now would announce
 * @param rcvAdv the highest right edge we ever announced
 * @param lastAckSent the last acknowledgement number that really left
 * @param agreement the handshake's outcome
 * @param tsRecent the peer's last timestamp in order (RFC 7323 TS.Recent); 0 without timestamps
 * @param tsNow our timestamp clock now, in milliseconds plus {@code tsOffset}
 * @param tsOffset of this connection
 * @param finReceived whether the peer's FIN arrived in order; {@code rcvNxt} counts it
 * @param finSent whether our FIN was sent; {@code sndMax} counts it
 * @param finAcked whether the peer acknowledged it
 */
public record TcpSnapshot(
        int localAddress,
        int localPort,
        int remoteAddress,
        int remotePort,
        int iss,
        int irs,
        int sndUna,
        int sndNxt,
        int sndMax,
        int sndWnd,
        int sndWl1,
        int sndWl2,
        int rcvNxt,
        int rcvWnd,
        int rcvAdv,
        int lastAckSent,
        TcpAgreement agreement,
        int tsRecent,
        int tsNow,
        int tsOffset,
        boolean finReceived,
        boolean finSent,
        boolean finAcked) {}
