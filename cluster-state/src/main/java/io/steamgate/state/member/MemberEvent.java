package io.steamgate.state.member;

/** Something that changed about who is there. */
public sealed interface MemberEvent {
    Member member();

    /** Was not there before. */
    record Joined(Member member) implements MemberEvent {}

    /** Says something else about itself: load, roles, addresses, version or era. */
    record Changed(Member member) implements MemberEvent {}

    /** Is not there any more. */
    record Left(Member member, Cause cause) implements MemberEvent {}

    /** How a member left. */
    enum Cause {
        /** It said so. */
        ORDERLY,
        /** It has not been heard of for the member time-out: crashed, cut off or overloaded. */
        SILENT,
        /** A younger node of the same id is there: it was restarted. */
        RESTARTED
    }
}
