package io.steamgate.state.store;

/**
 * How often something was born, and who counted that last.
 *
 * @param count from 1
 * @param by id of the node that counted
 * @param byAge age of that node then; 0 if a node counted its own birth
 */
public record Birth(long count, String by, long byAge) {}
