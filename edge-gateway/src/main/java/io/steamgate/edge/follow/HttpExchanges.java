package io.steamgate.edge.follow;

import java.lang.foreign.MemorySegment;

/**
 * The requests and responses of one kept connection (RFC 9112 section 9.3), paired in order, so that a handoff may move
 * the connection to another service between them. Streams are counted in octets from 0, as the client counts them; they
 * go on when the service changes.
 *
 * <p>Requests are fed as they arrive; at each head that is complete {@link #request} stops with {@link Step#HEAD}, the
 * handoff looks at {@link #head} and calls {@link #admit} once the request may go to a service. Until then its octets, from
 * {@link #admittedTo} on, belong to nobody. Responses are fed as they pass.
 */
public final class HttpExchanges {
    /** Why {@link #request} stopped taking octets. */
    public enum Step {
        /** It did not: all were taken. Those from {@link #admittedTo} on are of a head that is not complete. */
        MORE,
        /** Behind a complete head: admit it before going on. */
        HEAD,
        /** Before a request that must wait until a response has ended or refused an upgrade. */
        WAIT,
        /** Before octets that are no request: answer {@link #malformed}; nothing is taken any more. */
        MALFORMED
    }

    /** Whether there are still messages to follow. */
    public enum State {
        FOLLOWED,
        /** No HTTP any more: after 101, CONNECT or the preface of HTTP/2. Everything passes. */
        TUNNEL,
        /** The connection ends with the response that has been seen or is under way; what else is sent nobody reads. */
        CLOSING,
        /** The service sent what cannot be framed: {@link #fault} says why. No other request is let through. */
        BROKEN
    }

    private static final int HEAD = 1;
    private static final int CONNECT = 2;
    private static final int UPGRADE = 4;
    private static final int LAST = 8;

    private final RequestTracker requests;
    private final ResponseTracker responses;
    /** What matters of the requests that wait for their response: a ring. */
    private final byte[] pending;

    private int first;
    private int count;
    private int taken;
    private boolean lastRequest;
    private boolean upgrading;
    private State state = State.FOLLOWED;
    private String fault = "";
    private long answeredTo;
    private int status;

    HttpExchanges(RequestTracker requests, ResponseTracker responses, int pipelineLimit) {
        this.requests = requests;
        this.responses = responses;
        this.pending = new byte[pipelineLimit];
    }

    /** Takes the next octets of the request stream; {@link #taken} says how many. */
    public Step request(Bytes piece) {
        taken = 0;
        while (taken < piece.length()) {
            if (waits()) {
                return Step.WAIT;
            }
            MessageTracker.Event event = requests.feed(piece.slice(taken, piece.length() - taken));
            taken += requests.taken();
            if (stops(event)) {
                return event == MessageTracker.Event.HEAD ? Step.HEAD : Step.MALFORMED;
            }
        }
        return Step.MORE;
    }

    /** As {@link #request(Bytes)}, of {@code length} octets at {@code from} of {@code segment}. */
    public Step request(MemorySegment segment, long from, int length) {
        taken = 0;
        while (taken < length) {
            if (waits()) {
                return Step.WAIT;
            }
            MessageTracker.Event event = requests.feed(segment, from + taken, length - taken);
            taken += requests.taken();
            if (stops(event)) {
                return event == MessageTracker.Event.HEAD ? Step.HEAD : Step.MALFORMED;
            }
        }
        return Step.MORE;
    }

    /** How many octets the last {@link #request} took. */
    public int taken() {
        return taken;
    }

    /** The request that {@link Step#HEAD} announced, until it is admitted. */
    public HttpRequestHead.Head head() {
        if (requests.head() instanceof HttpRequestHead.Head head) {
            return head;
        }
        throw new IllegalStateException("no request is announced");
    }

    /** What the client is told after {@link Step#MALFORMED}. */
    public HttpRequestHead.Malformed malformed() {
        if (requests.head() instanceof HttpRequestHead.Malformed malformed) {
            return malformed;
        }
        return new HttpRequestHead.Malformed(400, "bad-chunk");
    }

    /** Counts the announced request as sent: its octets may go to the service, and its response is expected. */
    public void admit() {
        HttpRequestHead.Head head = head();
        if (!requests.undecided()) {
            throw new IllegalStateException("the request is admitted already");
        }
        boolean connect = head.method().equals("CONNECT");
        int kind = (head.method().equals("HEAD") ? HEAD : 0)
                | (connect ? CONNECT : 0)
                | (connect || head.upgrade() ? UPGRADE : 0)
                | (head.keepAlive() ? 0 : LAST);
        pending[(first + count) % pending.length] = (byte) kind;
        count++;
        upgrading |= (kind & UPGRADE) != 0;
        lastRequest |= (kind & LAST) != 0;
        requests.forget();
        if (requests.begin(head.body())) {
            endOfRequest();
        }
    }

    /** Up to where, in octets of the request stream, everything belongs to requests that were admitted. */
    public long admittedTo() {
        return requests.undecided() || requests.malformed() ? requests.headOffset() : requests.offset();
    }

    /** Of the next octet of the request stream. */
    public long requestOffset() {
        return requests.offset();
    }

    /** How many of the following octets of the request stream may pass unseen: follow again behind them. */
    public long requestSkippable() {
        return requests.skippable();
    }

    /** Counts octets that passed unseen, at most {@link #requestSkippable}. */
    public void skipRequest(long octets) {
        if (requests.skip(octets) == MessageTracker.Event.END) {
            endOfRequest();
        }
    }

    /** Takes the next octets of the response stream, all of them. */
    public void response(Bytes piece) {
        int at = 0;
        while (at < piece.length()) {
            expect();
            MessageTracker.Event event = responses.feed(piece.slice(at, piece.length() - at));
            at += responses.taken();
            responded(event);
        }
    }

    /** As {@link #response(Bytes)}, of {@code length} octets at {@code from} of {@code segment}. */
    public void response(MemorySegment segment, long from, int length) {
        int at = 0;
        while (at < length) {
            expect();
            MessageTracker.Event event = responses.feed(segment, from + at, length - at);
            at += responses.taken();
            responded(event);
        }
    }

    public long responseOffset() {
        return responses.offset();
    }

    /** How many of the following octets of the response stream may pass unseen: follow again behind them. */
    public long responseSkippable() {
        return responses.skippable();
    }

    /** Counts octets that passed unseen, at most {@link #responseSkippable}. */
    public void skipResponse(long octets) {
        responded(responses.skip(octets));
    }

    /** Whether every request admitted so far has its response, whole. */
    public boolean answered() {
        return count == 0;
    }

    /** Requests admitted that wait for the end of their response. */
    public int outstanding() {
        return count;
    }

    /** Where, in octets of the response stream, the last whole response ended. */
    public long answeredTo() {
        return answeredTo;
    }

    /** Of the last final response whose head has passed; 0 before the first and without a status line. */
    public int status() {
        return status;
    }

    public State state() {
        return state;
    }

    /** A few stable words on why {@link #state} is {@link State#BROKEN}; empty otherwise. */
    public String fault() {
        return fault;
    }

    public boolean tunnel() {
        return state == State.TUNNEL;
    }

    private boolean waits() {
        if (!requests.atBoundary()) {
            return false;
        }
        if (state == State.CLOSING) {
            requests.unframe();
            return false;
        }
        return upgrading || count == pending.length || state == State.BROKEN;
    }

    /** Whether the handoff must look at the event. */
    private boolean stops(MessageTracker.Event event) {
        switch (event) {
            case MORE -> {
                return false;
            }
            case END -> {
                endOfRequest();
                return false;
            }
            case MALFORMED -> {
                return true;
            }
            case HEAD -> {
                if (requests.head() instanceof HttpRequestHead.Http2Preface) {
                    pass(State.TUNNEL);
                    return false;
                }
                return true;
            }
        }
        throw new AssertionError(event);
    }

    private void endOfRequest() {
        if (lastRequest) {
            // What the client sends behind its last request nobody reads (RFC 9112 section 9.6)
            requests.unframe();
        }
    }

    /** Before a response begins: what does it answer? */
    private void expect() {
        if (!responses.atBoundary()) {
            return;
        }
        if (count == 0) {
            // Often 408 on an idle connection, and its end; nothing tells where what follows would belong
            broken("unsolicited-response");
            return;
        }
        int kind = pending[first];
        responses.requestMethod((kind & HEAD) != 0 ? "HEAD" : (kind & CONNECT) != 0 ? "CONNECT" : "GET");
    }

    private void responded(MessageTracker.Event event) {
        switch (event) {
            case MORE -> {}
            case END -> endOfResponse();
            case MALFORMED ->
                broken(responses.head() instanceof HttpResponseHead.Malformed(String reason) ? reason : "bad-chunk");
            case HEAD -> {
                if (responses.head() instanceof HttpResponseHead.Head head) {
                    began(head);
                }
            }
        }
    }

    private void began(HttpResponseHead.Head head) {
        if (head.interim()) {
            boolean ended = responses.begin(head.body());
            assert ended;
            return;
        }
        status = head.status();
        switch (head.body()) {
            case BodyFraming.Tunnel tunnel -> {
                count = 0;
                answeredTo = responses.offset();
                pass(State.TUNNEL);
            }
            case BodyFraming.UntilClose untilClose -> pass(State.CLOSING);
            case BodyFraming.None none -> begin(head);
            case BodyFraming.Length length -> begin(head);
            case BodyFraming.Chunked chunked -> begin(head);
        }
    }

    private void begin(HttpResponseHead.Head head) {
        if (responses.begin(head.body())) {
            endOfResponse();
        }
    }

    private void endOfResponse() {
        int kind = pending[first];
        first = (first + 1) % pending.length;
        count--;
        answeredTo = responses.offset();
        if ((kind & UPGRADE) != 0) {
            upgrading = false;
        }
        boolean keepAlive = responses.head() instanceof HttpResponseHead.Head head && head.keepAlive();
        if (!keepAlive || (kind & LAST) != 0) {
            pass(State.CLOSING);
        }
    }

    private void broken(String reason) {
        fault = reason;
        pass(State.BROKEN);
    }

    private void pass(State end) {
        state = end;
        responses.unframe();
        if (end == State.TUNNEL) {
            upgrading = false;
            requests.unframe();
        }
    }
}
