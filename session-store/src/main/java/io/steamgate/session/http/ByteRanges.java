package io.steamgate.session.http;

import java.util.ArrayList;
import java.util.List;

/** The Range field with the unit bytes (RFC 9110 §14.1.2, §14.2). */
sealed interface ByteRanges {
    /** More ranges than this are answered with the whole content; so are ranges that add up to more than it. */
    int MAX_RANGES = 16;

    /** The field is to be ignored: unknown unit, malformed, or more work than the whole. */
    record Whole() implements ByteRanges {}

    /** 416. */
    record Unsatisfiable() implements ByteRanges {}

    /** 206; one or more, in the order asked for. */
    record Some(List<Range> ranges) implements ByteRanges {}

    /** {@code length} bytes from {@code first}; at least one. */
    record Range(long first, long length) {
        /** The value of Content-Range (RFC 9110 §14.4). */
        String contentRange(long completeLength) {
            return "bytes " + first + "-" + (first + length - 1) + "/" + completeLength;
        }
    }

    static ByteRanges parse(String field, long completeLength) {
        String text = field.strip();
        if (text.length() < 6 || !text.regionMatches(true, 0, "bytes=", 0, 6)) {
            return new Whole();
        }
        List<Range> ranges = new ArrayList<>();
        long total = 0;
        int specs = 0;
        for (String spec : text.substring(6).split(",", -1)) {
            String range = spec.strip();
            if (range.isEmpty()) {
                continue; // empty list elements are to be ignored (RFC 9110 §5.6.1.2)
            }
            if (++specs > MAX_RANGES) {
                return new Whole();
            }
            int dash = range.indexOf('-');
            if (dash < 0) {
                return new Whole();
            }
            long first = number(range.substring(0, dash));
            long last = number(range.substring(dash + 1));
            boolean noFirst = dash == 0;
            boolean noLast = dash == range.length() - 1;
            if (first < 0 && !noFirst || last < 0 && !noLast || noFirst && noLast) {
                return new Whole();
            }
            if (noFirst) {
                first = Math.max(0, completeLength - last);
                last = last == 0 ? -1 : completeLength - 1;
            } else if (noLast) {
                last = completeLength - 1;
            } else if (last < first) {
                return new Whole();
            }
            last = Math.min(last, completeLength - 1);
            if (first <= last) {
                ranges.add(new Range(first, last - first + 1));
                total += last - first + 1;
            }
        }
        if (specs == 0 || total > completeLength) {
            return new Whole();
        }
        return ranges.isEmpty() ? new Unsatisfiable() : new Some(List.copyOf(ranges));
    }

    /** The number, the largest one if it has more digits than fit, or -1 for what is no number. */
    private static long number(String digits) {
        if (digits.isEmpty()) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value > (Long.MAX_VALUE - 9) / 10 ? Long.MAX_VALUE / 10 : value * 10 + digit;
        }
        return value;
    }
}
