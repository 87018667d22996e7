package dev.sluice.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A main class of the test's own class path in a JVM of its own. Where its output goes, and its end, is the business of the test. */
public final class ChildJvm {
    private ChildJvm() {}

    /** With all compilers, as programs run. */
    public static ProcessBuilder full(Class<?> main, String... args) {
        return builder(List.of(), main, args);
    }

    /** For a program that does little: it starts at once and takes little memory, and is never compiled to the full. */
    public static ProcessBuilder light(Class<?> main, String... args) {
        return builder(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), main, args);
    }

    private static ProcessBuilder builder(List<String> options, Class<?> main, String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
                System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command);
    }
}
