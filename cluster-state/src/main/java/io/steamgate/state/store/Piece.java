package io.steamgate.state.store;

/** The value of an expression in a page, and how long it is good for. */
public record Piece(String value, Validity validity) {}
