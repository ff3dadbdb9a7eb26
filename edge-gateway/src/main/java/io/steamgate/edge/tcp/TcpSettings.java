package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;

/**
 * Bounds and times of one TCP; {@link #defaults} and the {@code with...} methods make one.
 *
 * @param embryonicLimit handshakes remembered, over all listeners; beyond it SYN cookies answer
 * @param synAckTries SYN-ACKs sent before a handshake is given up: the first after one second again, then ever later
 * @param timeWaitLimit TIME-WAIT entries kept; beyond it the oldest is pushed out
 * @param timeWaitNanos how long one is kept (twice the MSL)
 * @param sendBuffer bytes a connection takes by {@link TcpConnection#write} before the peer acknowledged them
 * @param minRtoNanos the least retransmission timeout; RFC 6298 says one second, everybody does less
 * @param dataTries retransmissions of the same data before {@link TcpEnd#TIMED_OUT}
 * @param keepAliveNanos idle time before the first keep-alive; 0 for none
 * @param keepAliveTries unanswered keep-alives, each {@code keepAliveNanos / 8} after the last, before TIMED_OUT
 * @param finWaitNanos how long FIN-WAIT-2 waits for the peer's FIN once nobody reads any more
 * @param cubic CUBIC; else Reno
 * @param nagle whether small segments wait for acknowledgement (RFC 896)
 * @param delayedAck whether acknowledgements wait for data or a second segment (RFC 9293 section 3.8.6.3)
 * @param resetUnexpected whether segments of no connection are answered with a reset; else dropped in silence
 * @param challengeAcksPerSecond RFC 5961 section 7
 * @param resetsPerSecond resets that answer unexpected segments
 */
public record TcpSettings(
        int embryonicLimit,
        int synAckTries,
        int timeWaitLimit,
        long timeWaitNanos,
        int sendBuffer,
        long minRtoNanos,
        int dataTries,
        long keepAliveNanos,
        int keepAliveTries,
        long finWaitNanos,
        boolean cubic,
        boolean nagle,
        boolean delayedAck,
        boolean resetUnexpected,
        int challengeAcksPerSecond,
        int resetsPerSecond) {

    public static TcpSettings defaults() {
        return new TcpSettings(
                1024,
                6,
                16_384,
                60 * Clock.NANOS_PER_SECOND,
                256 * 1024,
                200 * Clock.NANOS_PER_MILLI,
                12,
                7200 * Clock.NANOS_PER_SECOND,
                9,
                60 * Clock.NANOS_PER_SECOND,
                true,
                false,
                true,
                true,
                1000,
                1000);
    }

    public TcpSettings withEmbryonicLimit(int limit) {
        Draft draft = new Draft(this);
        draft.embryonicLimit = limit;
        return draft.settings();
    }

    public TcpSettings withTimeWait(int limit, long nanos) {
        Draft draft = new Draft(this);
        draft.timeWaitLimit = limit;
        draft.timeWaitNanos = nanos;
        return draft.settings();
    }

    public TcpSettings withSendBuffer(int bytes) {
        Draft draft = new Draft(this);
        draft.sendBuffer = bytes;
        return draft.settings();
    }

    public TcpSettings withKeepAlive(long nanos, int tries) {
        Draft draft = new Draft(this);
        draft.keepAliveNanos = nanos;
        draft.keepAliveTries = tries;
        return draft.settings();
    }

    public TcpSettings withCubic(boolean on) {
        Draft draft = new Draft(this);
        draft.cubic = on;
        return draft.settings();
    }

    public TcpSettings withNagle(boolean on) {
        Draft draft = new Draft(this);
        draft.nagle = on;
        return draft.settings();
    }

    public TcpSettings withDelayedAck(boolean on) {
        Draft draft = new Draft(this);
        draft.delayedAck = on;
        return draft.settings();
    }

    public TcpSettings withResetUnexpected(boolean on) {
        Draft draft = new Draft(this);
        draft.resetUnexpected = on;
        return draft.settings();
    }

    public TcpSettings withRates(int challengeAcksPerSecond, int resetsPerSecond) {
        Draft draft = new Draft(this);
        draft.challengeAcksPerSecond = challengeAcksPerSecond;
        draft.resetsPerSecond = resetsPerSecond;
        return draft.settings();
    }

    /** The same, changeable: what the {@code with...} methods work on. */
    private static final class Draft {
        private int embryonicLimit;
        private int synAckTries;
        private int timeWaitLimit;
        private long timeWaitNanos;
        private int sendBuffer;
        private long minRtoNanos;
        private int dataTries;
        private long keepAliveNanos;
        private int keepAliveTries;
        private long finWaitNanos;
        private boolean cubic;
        private boolean nagle;
        private boolean delayedAck;
        private boolean resetUnexpected;
        private int challengeAcksPerSecond;
        private int resetsPerSecond;

        Draft(TcpSettings from) {
            embryonicLimit = from.embryonicLimit;
            synAckTries = from.synAckTries;
            timeWaitLimit = from.timeWaitLimit;
            timeWaitNanos = from.timeWaitNanos;
            sendBuffer = from.sendBuffer;
            minRtoNanos = from.minRtoNanos;
            dataTries = from.dataTries;
            keepAliveNanos = from.keepAliveNanos;
            keepAliveTries = from.keepAliveTries;
            finWaitNanos = from.finWaitNanos;
            cubic = from.cubic;
            nagle = from.nagle;
            delayedAck = from.delayedAck;
            resetUnexpected = from.resetUnexpected;
            challengeAcksPerSecond = from.challengeAcksPerSecond;
            resetsPerSecond = from.resetsPerSecond;
        }

        TcpSettings settings() {
            return new TcpSettings(
                    embryonicLimit,
                    synAckTries,
                    timeWaitLimit,
                    timeWaitNanos,
                    sendBuffer,
                    minRtoNanos,
                    dataTries,
                    keepAliveNanos,
                    keepAliveTries,
                    finWaitNanos,
                    cubic,
                    nagle,
                    delayedAck,
                    resetUnexpected,
                    challengeAcksPerSecond,
                    resetsPerSecond);
        }
    }
}
