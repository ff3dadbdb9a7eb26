package io.steamgate.mail.policy;

/** What follows from a bad mark. */
public enum Action {
    /** The policy is not asked. */
    OFF,
    /** The message gets a header line. */
    MARK,
    /** The recipient is refused. */
    REFUSE
}
