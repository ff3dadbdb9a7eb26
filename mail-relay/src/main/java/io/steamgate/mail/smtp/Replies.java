package io.steamgate.mail.smtp;

/** Every reply this relay says of itself; the codes are those of RFC 5321 §4.2.3 and RFC 3463. */
public final class Replies {
    public static final Reply OK = Reply.of(250, "2.0.0 Ok");
    public static final Reply SENDER_OK = Reply.of(250, "2.1.0 Sender ok");
    public static final Reply RECIPIENT_OK = Reply.of(250, "2.1.5 Recipient ok");
    public static final Reply START_CONTENT = Reply.of(354, "End data with <CR><LF>.<CR><LF>");
    public static final Reply BYE = Reply.of(221, "2.0.0 Bye");
    public static final Reply GO_AHEAD_TLS = Reply.of(220, "2.0.0 Ready to start TLS");
    public static final Reply VRFY = Reply.of(252, "2.0.0 Send some mail, it will be tried");
    public static final Reply HELP = Reply.of(214, "2.0.0 RFC 5321");
    public static final Reply AUTHENTICATED = Reply.of(235, "2.7.0 Authentication succeeded");

    public static final Reply SHUTTING_DOWN = Reply.of(421, "4.3.2 Service is shutting down");
    public static final Reply TIMED_OUT = Reply.of(421, "4.4.2 Time-out");
    public static final Reply TOO_MANY_ERRORS = Reply.of(421, "4.7.0 Too many errors");
    public static final Reply TOO_MANY_COMMANDS = Reply.of(421, "4.7.0 Too many commands without a message");
    public static final Reply TOO_MANY_MESSAGES = Reply.of(421, "4.7.0 Too many messages on one connection");
    public static final Reply TOO_MANY_CONNECTIONS = Reply.of(421, "4.7.0 Too many connections");

    public static final Reply UNKNOWN_COMMAND = Reply.of(500, "5.5.1 Command not recognized");
    public static final Reply LINE_TOO_LONG = Reply.of(500, "5.5.2 Line too long");
    public static final Reply NOT_UTF8 = Reply.of(500, "5.5.2 Line is not UTF-8");
    public static final Reply BARE_CR = Reply.of(521, "5.5.2 Bare <CR> in a command: only <CR><LF> ends a line");
    public static final Reply BARE_LF = Reply.of(521, "5.5.2 Bare <LF> in a command: only <CR><LF> ends a line");
    public static final Reply NUL = Reply.of(521, "5.5.2 NUL in a command");
    public static final Reply BAD_SYNTAX = Reply.of(501, "5.5.4 Syntax error in parameters");
    public static final Reply BAD_SENDER = Reply.of(501, "5.1.7 Bad sender address syntax");
    public static final Reply BAD_RECIPIENT = Reply.of(501, "5.1.3 Bad recipient address syntax");
    public static final Reply UNKNOWN_PARAMETER = Reply.of(555, "5.5.4 Parameter not recognized");
    public static final Reply NOT_OFFERED = Reply.of(502, "5.5.1 Not offered here");
    public static final Reply HELO_FIRST = Reply.of(503, "5.5.1 Say HELO or EHLO first");
    public static final Reply MAIL_FIRST = Reply.of(503, "5.5.1 Need MAIL first");
    public static final Reply RCPT_FIRST = Reply.of(503, "5.5.1 Need an accepted RCPT first");
    public static final Reply NESTED_MAIL = Reply.of(503, "5.5.1 A transaction is in progress");
    public static final Reply CHUNKS_BEGAN = Reply.of(503, "5.5.1 Only BDAT or RSET after BDAT");
    public static final Reply BAD_PIPELINING =
            Reply.of(503, "5.5.0 Improper pipelining: wait for the reply to this command");
    public static final Reply TLS_IN_USE = Reply.of(503, "5.5.1 TLS is in use already");
    public static final Reply TLS_FIRST = Reply.of(530, "5.7.0 Say STARTTLS first");

    public static final Reply TOO_MANY_RECIPIENTS = Reply.of(452, "4.5.3 Too many recipients");
    public static final Reply LIVES_ELSEWHERE =
            Reply.of(452, "4.5.3 Recipient is served elsewhere: send it in a transaction of its own");
    public static final Reply NOT_ROUTED = Reply.of(554, "5.7.1 Relay access denied");
    public static final Reply NULL_RECIPIENT = Reply.of(501, "5.1.3 Empty recipient address");
    public static final Reply NON_ASCII_ADDRESS = Reply.of(553, "5.6.7 Address beyond ASCII needs SMTPUTF8");
    public static final Reply NEEDS_SMTPUTF8 = Reply.of(553, "5.6.7 Destination does not take SMTPUTF8");
    public static final Reply NEEDS_8BITMIME = Reply.of(554, "5.6.3 Destination does not take 8BITMIME");
    public static final Reply TOO_BIG = Reply.of(552, "5.3.4 Message size exceeds the limit");
    public static final Reply TOO_BIG_THERE = Reply.of(552, "5.3.4 Message size exceeds the destination's limit");

    public static final Reply CONTENT_BARE_CR = Reply.of(554, "5.6.0 Bare <CR> in the message refused");
    public static final Reply CONTENT_BARE_LF = Reply.of(554, "5.6.0 Bare <LF> in the message refused");
    public static final Reply CONTENT_NUL = Reply.of(554, "5.6.0 NUL in the message refused");
    public static final Reply CONTENT_LONG_LINE = Reply.of(554, "5.6.0 Line too long in the message");
    public static final Reply LOOP = Reply.of(554, "5.4.6 Too many hops, this mail is in a loop");

    public static final Reply DESTINATION_UNREACHABLE = Reply.of(451, "4.4.1 Destination does not answer");
    public static final Reply DESTINATION_LOST = Reply.of(451, "4.4.2 Connection to the destination lost");
    public static final Reply DESTINATION_SLOW = Reply.of(451, "4.4.2 Destination did not answer in time");
    public static final Reply DESTINATION_ODD = Reply.of(451, "4.5.0 Destination broke the protocol");
    public static final Reply DESTINATION_TLS =
            Reply.of(451, "4.7.5 Destination failed to give the TLS that is required");
    public static final Reply DESTINATION_XCLIENT =
            Reply.of(451, "4.7.0 Destination does not let this relay speak for its clients");
    public static final Reply LOCAL_ERROR = Reply.of(451, "4.3.0 Local error");
    public static final Reply STORAGE_FULL = Reply.of(452, "4.3.1 Insufficient storage");
    public static final Reply MAILBOX_FULL = Reply.of(452, "4.2.2 Mailbox is full");
    public static final Reply NO_SUCH_MAILBOX = Reply.of(550, "5.1.1 No such mailbox");

    public static final Reply AUTH_REQUIRED = Reply.of(530, "5.7.0 Authentication required");
    public static final Reply AUTH_NEEDS_TLS = Reply.of(538, "5.7.11 Encryption required for authentication");
    public static final Reply AUTH_MECHANISM = Reply.of(504, "5.5.4 Authentication mechanism not offered");
    public static final Reply AUTH_FAILED = Reply.of(535, "5.7.8 Authentication credentials invalid");
    public static final Reply AUTH_TOO_OFTEN = Reply.of(454, "4.7.0 Too many failed attempts, please try again later");
    public static final Reply AUTH_BASE64 = Reply.of(501, "5.5.2 Cannot decode base64");
    public static final Reply AUTH_CANCELLED = Reply.of(501, "5.7.0 Authentication cancelled");
    public static final Reply AUTH_DONE = Reply.of(503, "5.5.1 Authenticated already");
    public static final Reply AUTH_IN_TRANSACTION = Reply.of(503, "5.5.1 Not during a transaction");
    public static final Reply XCLIENT_DENIED = Reply.of(550, "5.7.0 XCLIENT is not for you");

    private Replies() {}
}
