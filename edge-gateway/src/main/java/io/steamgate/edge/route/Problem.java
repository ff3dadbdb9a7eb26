package io.steamgate.edge.route;

/**
 * Something in the routes file that the operator should know.
 *
 * @param line from 1; 0 when it concerns the file as a whole
 * @param column from 1
 * @param message what is wrong and what to write instead
 */
public record Problem(int line, int column, String message) {
    @Override
    public String toString() {
        return line == 0 ? message : line + ":" + column + ": " + message;
    }
}
