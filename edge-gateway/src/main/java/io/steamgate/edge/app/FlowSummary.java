package io.steamgate.edge.app;

import io.steamgate.edge.handoff.FlowView;
import java.util.List;

/** The flow table at one moment: how many flows there are, and those that were asked for. */
public record FlowSummary(int open, int lingering, int following, List<FlowView> flows) {}
