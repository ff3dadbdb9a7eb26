package io.steamgate.mail.maildir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;

/**
 * One mailbox in the form of Maildir: a message is written to {@code tmp}, and appears in {@code new} whole and on disk,
 * by one rename. Names carry their size ({@code ,S=}), as Maildir++ has it.
 */
final class Maildir {
    /** What is older in {@code tmp} was left by a crash. */
    static final Duration STALE = Duration.ofHours(36);

    private final Path directory;

    Maildir(Path directory) {
        this.directory = directory;
    }

    boolean exists() {
        return Files.isDirectory(directory.resolve("new")) && Files.isDirectory(directory.resolve("tmp"));
    }

    /** Makes the mailbox, so that it is still there after a crash. */
    void create() throws IOException {
        Path existing = directory.toAbsolutePath();
        while (existing != null && !Files.isDirectory(existing)) {
            existing = existing.getParent();
        }
        for (String name : new String[] {"tmp", "new", "cur"}) {
            Files.createDirectories(directory.resolve(name));
        }
        Path made = directory.toAbsolutePath();
        while (made != null && !made.equals(existing)) {
            sync(made);
            made = made.getParent();
        }
        if (existing != null) {
            sync(existing);
        }
    }

    Path temporary(String unique) {
        return directory.resolve("tmp").resolve(unique);
    }

    /**
     * Makes a finished file a message of this mailbox.
     *
     * @param copy leave the file where it is, for other mailboxes
     */
    Path deliver(Path finished, String unique, long size, boolean copy) throws IOException {
        Path fresh = directory.resolve("new");
        Path message = fresh.resolve(unique + ",S=" + size);
        if (copy) {
            try {
                Files.createLink(message, finished);
            } catch (UnsupportedOperationException | IOException e) {
                if (e instanceof FileAlreadyExistsException) {
                    throw e;
                }
                copyOver(finished, unique, message);
            }
        } else {
            if (Files.exists(message)) {
                throw new FileAlreadyExistsException(message.toString());
            }
            Files.move(finished, message, StandardCopyOption.ATOMIC_MOVE);
        }
        sync(fresh);
        return message;
    }

    /** For a mailbox on another file system. */
    private void copyOver(Path finished, String unique, Path message) throws IOException {
        Path copy = temporary(unique);
        try {
            Files.copy(finished, copy);
            sync(copy);
            Files.move(copy, message, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Octets and messages that the mailbox holds. */
    Usage usage() throws IOException {
        long bytes = 0;
        long messages = 0;
        for (String name : new String[] {"new", "cur"}) {
            if (!Files.isDirectory(directory.resolve(name))) {
                continue;
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.resolve(name))) {
                for (Path file : files) {
                    bytes += size(file);
                    messages++;
                }
            }
        }
        return new Usage(bytes, messages);
    }

    private static long size(Path file) throws IOException {
        String name = file.getFileName().toString();
        int at = name.indexOf(",S=");
        if (at >= 0) {
            int end = at + 3;
            while (end < name.length() && name.charAt(end) >= '0' && name.charAt(end) <= '9' && end < at + 18) {
                end++;
            }
            if (end > at + 3) {
                return Long.parseLong(name.substring(at + 3, end));
            }
        }
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** Removes what a crash left behind. */
    void sweep(Instant now) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.resolve("tmp"))) {
            for (Path file : files) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(STALE))) {
                        Files.deleteIfExists(file);
                    }
                } catch (NoSuchFileException e) {
                    // Somebody else's delivery has just ended.
                }
            }
        }
    }

    /** What a mailbox holds. */
    record Usage(long bytes, long messages) {}
}
