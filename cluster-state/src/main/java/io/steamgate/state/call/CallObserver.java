package io.steamgate.state.call;

/** Hears of every call that went to a server, or was refused before; for metrics. */
public interface CallObserver {
    /**
     * @param outcome {@code found}, {@code absent}, {@code done}, {@code conflict}, or the {@link Reason#label()} why there was none
     * @param nanos from the call to its answer
     */
    void finished(String cache, Operation operation, String outcome, long nanos);

    CallObserver NONE = (cache, operation, outcome, nanos) -> {};
}
