package io.steamgate.edge.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * Where eBPF objects outlive the process: a folder in a bpffs, or nowhere. What the last process left there is taken over;
 * what does not fit any more is thrown away.
 */
public class Pins {
    /** Nothing outlives the process. */
    public static final Pins NOWHERE = new Pins(Optional.empty());

    private final Optional<Path> folder;

    Pins(Optional<Path> folder) {
        this.folder = folder;
    }

    /**
     * @param folder below the mount point of a bpffs; made if it is not there
     * @throws LinkException when it cannot be
     */
    public static Pins in(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new LinkException(
                    folder + " cannot be made: give a folder in a bpffs (mount -t bpf bpf DIRECTORY)", e);
        }
        return new Pins(Optional.of(folder));
    }

    boolean anywhere() {
        return folder.isPresent();
    }

    /** The descriptor of what is pinned under a name; -1 without. */
    int find(String name) {
        return folder.map(in -> Math.max(-1, Bpf.pinned(in.resolve(name)))).orElse(-1);
    }

    /** Pins under a name, in the place of what had it. */
    void pin(String name, int descriptor) {
        folder.ifPresent(in -> {
            remove(in.resolve(name));
            Bpf.pin(descriptor, in.resolve(name));
        });
    }

    /** What is pinned under a name, or something new, which is then. */
    int findOrPin(String name, IntSupplier fresh) {
        int found = find(name);
        if (found >= 0) {
            return found;
        }
        int made = fresh.getAsInt();
        try {
            pin(name, made);
        } catch (LinkException e) {
            LinuxCalls.close(made);
            throw e;
        }
        return made;
    }

    /** Throws away what is pinned under these names. */
    void clear(String... names) {
        folder.ifPresent(in -> {
            for (String name : names) {
                remove(in.resolve(name));
            }
        });
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new LinkException(file + " cannot be removed", e);
        }
    }

    @Override
    public String toString() {
        return folder.map(Path::toString).orElse("nowhere");
    }
}
