package io.steamgate.state.member;

/** Hears of changes, one at a time, on the thread of the membership: it must not block. */
@FunctionalInterface
public interface MemberListener {
    void on(MemberEvent event);
}
