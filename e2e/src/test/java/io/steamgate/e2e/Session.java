package io.steamgate.e2e;

import java.time.Duration;

/** One TCP connection of a host of the lab, driven step by step: {@code session.py} at the other end of a pipe. */
final class Session implements AutoCloseable {
    private final Command program;
    private final int port;

    private Session(Command program, int port) {
        this.program = program;
        this.port = port;
    }

    /** Connects from {@code host}. */
    static Session open(Lab lab, String host, String address, int port) {
        Command program = lab.python(host, "session.py");
        program.send("open " + address + " " + port);
        return new Session(program, Integer.parseInt(answer(program, Lab.SHORT)));
    }

    /** A kept HTTP connection of the first client. */
    static Session open(Lab lab) {
        return open(lab, "client", Lab.VIP, 80);
    }

    /** The client's port. */
    int port() {
        return port;
    }

    /** One request; answers its status and body, separated by a space. */
    String get(String host, String path) {
        return run("get " + host + " " + path);
    }

    /** Asks {@code path}, which ends with {@code /whoami}, and answers which site it was. */
    String whoami(String host, String path) {
        String answer = get(host, path);
        if (!answer.startsWith("200 ")) {
            throw new AssertionError(host + path + " was answered " + answer);
        }
        return Lab.field(answer, "host");
    }

    /** Runs a command that {@code session.py} describes. */
    String run(String command) {
        return run(command, Lab.SHORT);
    }

    String run(String command, Duration limit) {
        program.send(command);
        return answer(program, limit);
    }

    /** As {@link #run(String)} but gives the error as the answer, for what is expected to break. */
    String tryTo(String command) {
        program.send(command);
        return program.line(Lab.SHORT);
    }

    @Override
    public void close() {
        program.close();
    }

    private static String answer(Command program, Duration limit) {
        String line = program.line(limit);
        if (line.startsWith("error ")) {
            throw new AssertionError(line);
        }
        return line;
    }
}
