package io.steamgate.edge.app;

import io.steamgate.edge.handoff.FlowView;
import java.util.List;

/**
 * The flow tables at one moment: how many flows there are, and those that were asked for.
 *
 * @param datagrams flows of datagrams; the numbers before it are of connections
 */
public record FlowSummary(int open, int lingering, int following, int datagrams, List<FlowView> flows) {}
