package io.steamgate.edge.link;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Pins without a bpffs: what is pinned outlives its descriptor by another one that stays open. */
public final class HeldPins extends Pins implements AutoCloseable {
    private static final MethodHandle DUP = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("dup"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final Map<String, Integer> held = new HashMap<>();

    public HeldPins() {
        super(Optional.empty());
    }

    private static int duplicate(int descriptor) {
        try {
            return (int) DUP.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    boolean anywhere() {
        return true;
    }

    @Override
    int find(String name) {
        Integer descriptor = held.get(name);
        return descriptor == null ? -1 : duplicate(descriptor);
    }

    @Override
    void pin(String name, int descriptor) {
        clear(name);
        held.put(name, duplicate(descriptor));
    }

    @Override
    void clear(String... names) {
        for (String name : names) {
            Integer descriptor = held.remove(name);
            if (descriptor != null) {
                LinuxCalls.close(descriptor);
            }
        }
    }

    @Override
    public void close() {
        clear(held.keySet().toArray(String[]::new));
    }
}
