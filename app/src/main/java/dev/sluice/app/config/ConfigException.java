package dev.sluice.app.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used. It carries every fault that was found, in the order of the file. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // never serialised
    private final List<Fault> faults;

    /** At least one fault. */
    public ConfigException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    /** What is wrong, in the order of the file. */
    public List<Fault> faults() {
        return faults;
    }
}
