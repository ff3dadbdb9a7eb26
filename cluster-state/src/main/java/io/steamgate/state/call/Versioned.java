package io.steamgate.state.call;

/** A value with the version of its entry, for a write on condition that nobody else has written since. */
public record Versioned<V>(V value, long version) {}
