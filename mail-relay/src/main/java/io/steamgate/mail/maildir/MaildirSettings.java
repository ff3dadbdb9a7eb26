package io.steamgate.mail.maildir;

import java.util.Optional;

/**
 * Where mailboxes are and what they may hold.
 *
 * @param path of a mailbox, with {@code {domain}} and {@code {local}} in it
 * @param create a mailbox that is not there is made; otherwise its recipient is refused
 * @param catchAll local part of the mailbox that takes what has none of its own
 * @param delimiter what is behind it in a local part is no part of the mailbox's name
 * @param quotaBytes octets of all messages of a mailbox; 0 for no bound
 * @param quotaMessages messages of a mailbox; 0 for no bound
 * @param hostname in file names
 */
public record MaildirSettings(
        String path,
        boolean create,
        Optional<String> catchAll,
        Optional<String> delimiter,
        long quotaBytes,
        long quotaMessages,
        String hostname) {}
