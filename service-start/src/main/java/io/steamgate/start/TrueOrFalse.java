package io.steamgate.start;

import java.util.Locale;
import org.eclipse.microprofile.config.spi.Converter;

/** Refuses what is neither: a slip in {@code true} must not quietly mean {@code false}. */
public final class TrueOrFalse implements Converter<Boolean> {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean convert(String value) {
        return switch (value.strip().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0" -> false;
            default -> throw new IllegalArgumentException("is neither true nor false: write one of these");
        };
    }
}
