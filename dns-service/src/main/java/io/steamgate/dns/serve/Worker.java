package io.steamgate.dns.serve;

import io.netty.channel.EventLoop;

/** An event loop with what answers on it. */
public record Worker(EventLoop loop, Responder responder) {}
