package io.steamgate.start;

import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigValidationException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an operator got wrong, as lines that name the key, the value and what to write instead. */
final class ConfigMistakes {
    /** SmallRye's own words; {@code ConfigMistakesTest} holds them to the version that is used. */
    private static final Pattern CLASS = Pattern.compile("^[\\w.$]+Exception: ");

    private static final Pattern VALUE = Pattern.compile(
            "SRCFG00039: The config property (\\S+) with the config value \"(.*)\" threw an Exception whilst being converted (.*)",
            Pattern.DOTALL);

    private static final Pattern MISSING = Pattern.compile("SRCFG00014: The config property (\\S+) is required.*");
    private static final Pattern EMPTY = Pattern.compile("SRCFG00040: The config property (\\S+) is defined as.*");
    private static final Pattern UNKNOWN = Pattern.compile("SRCFG00050: (\\S+) in .* does not map to any root.*");
    private static final Pattern CHOICE = Pattern.compile("SRCFG00049: .*allowed values: (.*)");
    private static final Pattern CODE = Pattern.compile("^SRCFG\\d+: ");

    private ConfigMistakes() {}

    /** @return a line for each mistake; none when a start failed for another reason */
    static List<String> of(Throwable failure) {
        List<String> lines = new ArrayList<>();
        for (Throwable cause = failure; cause != null && lines.isEmpty(); cause = cause.getCause()) {
            switch (cause) {
                case ConfigValidationException invalid -> {
                    for (int i = 0; i < invalid.getProblemCount(); i++) {
                        lines.add(line(invalid.getProblem(i).getMessage()));
                    }
                }
                case ConfigurationException wrong when wrong.getCause() == null -> lines.add(wrong.getMessage());
                case QuarkusBindException taken ->
                    lines.add("port " + taken.getPort()
                            + " is in use by another process: end that, or write another port");
                case BindException taken ->
                    lines.add("a port of quarkus.management or quarkus.http cannot be opened (" + taken.getMessage()
                            + "): end the process that has it, or write another host or port");
                default -> {}
            }
        }
        return lines;
    }

    private static String line(String told) {
        String problem = CLASS.matcher(told).replaceFirst("");
        Matcher value = VALUE.matcher(problem);
        if (value.matches()) {
            return value.group(1) + ": '" + value.group(2) + "' " + instead(value.group(3));
        }
        Matcher missing = MISSING.matcher(problem);
        if (missing.matches()) {
            return missing.group(1) + " is required and not set";
        }
        Matcher empty = EMPTY.matcher(problem);
        if (empty.matches()) {
            return empty.group(1) + " is empty: give it a value or remove it";
        }
        Matcher unknown = UNKNOWN.matcher(problem);
        if (unknown.matches()) {
            return unknown.group(1) + " is no setting: correct its name or remove it";
        }
        return CODE.matcher(problem).replaceFirst("").replace('\n', ' ');
    }

    private static String instead(String reason) {
        Matcher choice = CHOICE.matcher(reason);
        if (choice.matches()) {
            return "is not known: write " + choice.group(1).replace(",", " or ");
        }
        if (reason.contains("duration")) {
            return "is not a duration: write 500ms, 10s, 5m or 1h";
        }
        if (reason.contains("not in correct format")) {
            return "is not a size: write 65536, 64K or 256M";
        }
        if (reason.contains("Expected an integer value") || reason.contains("Expected a long value")) {
            return "is not a whole number: write digits only";
        }
        return CODE.matcher(reason).replaceFirst("").replace('\n', ' ');
    }
}
