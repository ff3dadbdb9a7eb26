package io.steamgate.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A document with a table of metrics, and a page as Prometheus scrapes it: both as type and labels by name. For the tests of every
 * module.
 */
public final class MetricsDocument {
    private MetricsDocument() {}

    /** What the document says of the metrics whose names begin like this. */
    public static Map<String, String> told(String document, String prefix) {
        Map<String, String> told = new TreeMap<>();
        Pattern.compile("(?m)^\\| `(" + prefix + "[a-z_]+)` \\| (\\w+) \\| ([^|]*) \\|")
                .matcher(document)
                .results()
                .forEach(row -> assertThat(
                                told.put(row.group(1), row.group(2) + " " + labels(row.group(3), "`([a-z]+)`")))
                        .as("%s is documented once", row.group(1))
                        .isNull());
        return told;
    }

    /** The same of what is scraped. */
    public static Map<String, String> shown(String scraped, String prefix) {
        Map<String, String> shown = new TreeMap<>();
        Pattern.compile("(?m)^# TYPE (" + prefix + "\\S+) (\\w+)$")
                .matcher(scraped)
                .results()
                // Of a histogram there is the largest value of the last minutes too.
                .filter(type -> !type.group(1).endsWith("_max"))
                .forEach(type -> {
                    TreeSet<String> labels = new TreeSet<>();
                    Pattern.compile("(?m)^" + type.group(1) + "(?:_bucket|_count)?\\{(.*)} \\S+$")
                            .matcher(scraped)
                            .results()
                            .forEach(sample -> labels.addAll(labels(sample.group(1), "([a-z]+)=\"")));
                    labels.remove("le");
                    shown.put(type.group(1), type.group(2) + " " + labels);
                });
        return shown;
    }

    private static TreeSet<String> labels(String text, String pattern) {
        TreeSet<String> labels = new TreeSet<>();
        Pattern.compile(pattern).matcher(text).results().forEach(label -> labels.add(label.group(1)));
        return labels;
    }
}
