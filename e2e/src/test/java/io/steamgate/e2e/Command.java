package io.steamgate.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A running command of the lab. Closing it ends it with everything it started. */
final class Command implements AutoCloseable {
    private final String text;
    private final Process process;
    private final long started = System.nanoTime();
    private final CompletableFuture<String> err;
    private final BufferedReader out;
    private final Writer in;

    private Command(String text, Process process) {
        this.text = text;
        this.process = process;
        this.err = CompletableFuture.supplyAsync(() -> all(process.getErrorStream()), Thread::startVirtualThread);
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.in = process.outputWriter(StandardCharsets.UTF_8);
    }

    static Command start(ProcessBuilder builder) {
        try {
            return new Command(String.join(" ", builder.command()), builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the command ends by itself; ends it and fails when that takes longer than {@code limit}. */
    Outcome await(Duration limit) {
        CompletableFuture<String> rest = CompletableFuture.supplyAsync(this::restOfOut, Thread::startVirtualThread);
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                close();
                throw new AssertionError("%s did not end in %s%n%s%n%s"
                        .formatted(text, limit, rest.get(1, TimeUnit.SECONDS), err.get(1, TimeUnit.SECONDS)));
            }
            return new Outcome(
                    text,
                    process.exitValue(),
                    rest.get(10, TimeUnit.SECONDS),
                    err.get(10, TimeUnit.SECONDS),
                    Duration.ofNanos(System.nanoTime() - started));
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new AssertionError(text + " was interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            close();
            throw new AssertionError(text + " kept its output open", e);
        }
    }

    /** Writes a line to the command's standard input. */
    void send(String line) {
        try {
            in.write(line);
            in.write('\n');
            in.flush();
        } catch (IOException e) {
            throw new AssertionError(text + " takes no more input: " + line, e);
        }
    }

    /** The next line of the command's standard output; fails when none comes within {@code limit}. */
    String line(Duration limit) {
        CompletableFuture<String> line = CompletableFuture.supplyAsync(this::readLine, Thread::startVirtualThread);
        try {
            return line.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            close();
            throw new AssertionError(text + " said nothing within " + limit, e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new AssertionError(text + " was interrupted", e);
        } catch (ExecutionException e) {
            throw new AssertionError(text, e);
        }
    }

    /** SIGKILL; waits until it is gone, and says what it had written and nobody had read. */
    String kill() {
        CompletableFuture<String> rest = CompletableFuture.supplyAsync(this::restOfOut, Thread::startVirtualThread);
        // The handle's: the process's own would close its output before it is read.
        process.toHandle().destroyForcibly();
        process.onExit().join();
        return rest.join();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    @Override
    public void close() {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
    }

    private String readLine() {
        try {
            String line = out.readLine();
            if (line == null) {
                throw new AssertionError(text + " ended: " + err.join());
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String restOfOut() {
        StringBuilder text = new StringBuilder();
        char[] piece = new char[8192];
        try {
            for (int n = out.read(piece); n >= 0; n = out.read(piece)) {
                text.append(piece, 0, n);
            }
        } catch (IOException e) {
            // The command was ended while it spoke: what it said so far counts.
            return text.toString();
        }
        return text.toString();
    }

    private static String all(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
