package io.steamgate.edge.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.Node;

/** What a reader found, errors apart from warnings. A file that is wrong everywhere is described by its first errors. */
final class Problems {
    private static final int MAX_ERRORS = 50;

    private final List<Problem> errors = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    void error(Node at, String message) {
        error(at.getStartMark().getLine() + 1, at.getStartMark().getColumn() + 1, message);
    }

    void error(Mark at, String message) {
        error(at.getLine() + 1, at.getColumn() + 1, message);
    }

    void error(int line, int column, String message) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new Problem(line, column, printable(message)));
        }
    }

    void warning(Node at, String message) {
        warnings.add(
                new Problem(at.getStartMark().getLine() + 1, at.getStartMark().getColumn() + 1, printable(message)));
    }

    /** What is quoted from the file must break no line and steer no terminal. */
    private static String printable(String message) {
        return message.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
    }

    List<Problem> errors() {
        return inFileOrder(errors);
    }

    List<Problem> warnings() {
        return inFileOrder(warnings);
    }

    private static List<Problem> inFileOrder(List<Problem> problems) {
        return problems.stream()
                .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
                .toList();
    }
}
