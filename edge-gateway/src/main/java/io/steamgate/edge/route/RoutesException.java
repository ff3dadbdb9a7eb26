package io.steamgate.edge.route;

import java.util.List;

/** A routes file that is refused whole. The message is one line: the first problem, and how many more there are. */
public final class RoutesException extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // never serialized
    private final List<Problem> problems;

    /**
     * @param source the file's name
     * @param problems in the order of the file, at least one
     */
    public RoutesException(String source, List<Problem> problems) {
        super(source
                + (problems.getFirst().line() == 0 ? ": " : ":")
                + problems.getFirst()
                + (problems.size() == 1 ? "" : " (and " + (problems.size() - 1) + " more)"));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
