package io.steamgate.edge.link;

import java.math.BigDecimal;
import java.util.Locale;

/**
 * What a {@link FaultInjector} does, each way.
 *
 * @param seed of the random choices; equal seeds and frames give equal faults
 */
public record FaultSettings(Faults receive, Faults transmit, long seed) {

    /**
     * One way's faults.
     *
     * @param loss probability, 0 to 1, that a frame is lost
     * @param duplicate that it comes twice
     * @param reorder that one to three later frames pass it
     * @param corrupt that one of its bits flips
     * @param rate bytes per second, 0 for no limit; about 100 ms of it may queue, then frames are lost
     * @param delayNanos later than sent
     */
    public record Faults(double loss, double duplicate, double reorder, double corrupt, long rate, long delayNanos) {
        public static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0);
    }

    public static final FaultSettings NONE = new FaultSettings(Faults.NONE, Faults.NONE, 0);

    /**
     * Parses {@code loss=1%,duplicate=0.5%,reorder=2%,corrupt=0.1%,rate=100M,delay=5ms,seed=7}. Rates are bytes per second
     * with k, M or G; delays have ns, us, ms or s. A name counts both ways, {@code receive.} or {@code transmit.} before it
     * only one way; a later item overrides an earlier. An empty text is {@link #NONE}.
     *
     * @throws LinkException naming the item that is wrong
     */
    public static FaultSettings parse(String text) {
        Parsed receive = new Parsed();
        Parsed transmit = new Parsed();
        long seed = 0;
        for (String item : text.split(",")) {
            String trimmed = item.strip();
            int equals = trimmed.indexOf('=');
            if (trimmed.isEmpty()) {
                continue;
            }
            String name = equals < 0 ? trimmed : trimmed.substring(0, equals).strip();
            String value = equals < 0 ? "" : trimmed.substring(equals + 1).strip();
            try {
                if (name.equals("seed")) {
                    seed = Long.parseLong(value);
                } else if (name.startsWith("receive.")) {
                    receive.set(name.substring("receive.".length()), value);
                } else if (name.startsWith("transmit.")) {
                    transmit.set(name.substring("transmit.".length()), value);
                } else {
                    receive.set(name, value);
                    transmit.set(name, value);
                }
            } catch (IllegalArgumentException e) {
                throw new LinkException(
                        "link fault '" + trimmed
                                + "': write loss=1%, duplicate=, reorder=, corrupt=, rate=100M, delay=5ms or seed=7",
                        e);
            }
        }
        return new FaultSettings(receive.faults(), transmit.faults(), seed);
    }

    /** Nothing to inject: no decorator is needed. */
    public boolean none() {
        return receive.equals(Faults.NONE) && transmit.equals(Faults.NONE);
    }

    private static final class Parsed {
        private double loss;
        private double duplicate;
        private double reorder;
        private double corrupt;
        private long rate;
        private long delay;

        void set(String name, String value) {
            switch (name) {
                case "loss" -> loss = probability(value);
                case "duplicate" -> duplicate = probability(value);
                case "reorder" -> reorder = probability(value);
                case "corrupt" -> corrupt = probability(value);
                case "rate" -> rate = rate(value);
                case "delay" -> delay = delay(value);
                default -> throw new IllegalArgumentException(name);
            }
        }

        Faults faults() {
            return new Faults(loss, duplicate, reorder, corrupt, rate, delay);
        }

        private static double probability(String value) {
            double number = value.endsWith("%")
                    ? Double.parseDouble(value.substring(0, value.length() - 1)) / 100
                    : Double.parseDouble(value);
            if (!(number >= 0 && number <= 1)) {
                throw new IllegalArgumentException(value);
            }
            return number;
        }

        private static long rate(String value) {
            String lower = value.toLowerCase(Locale.ROOT);
            long unit = switch (lower.isEmpty() ? ' ' : lower.charAt(lower.length() - 1)) {
                case 'k' -> 1_000;
                case 'm' -> 1_000_000;
                case 'g' -> 1_000_000_000;
                default -> 1;
            };
            return whole(unit == 1 ? lower : lower.substring(0, lower.length() - 1), unit);
        }

        private static long delay(String value) {
            String number = value.replaceAll("[a-z]+$", "");
            long unit = switch (value.substring(number.length())) {
                case "ns" -> 1;
                case "us" -> 1_000;
                case "ms" -> 1_000_000;
                case "s" -> 1_000_000_000;
                default -> throw new IllegalArgumentException(value);
            };
            return whole(number, unit);
        }

        private static long whole(String number, long unit) {
            long result;
            try {
                result = new BigDecimal(number)
                        .multiply(BigDecimal.valueOf(unit))
                        .longValueExact();
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException(number, e);
            }
            if (result < 0) {
                throw new IllegalArgumentException(number);
            }
            return result;
        }
    }
}
