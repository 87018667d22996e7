package dev.sluice.app.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads the one file that configures everything.
 *
 * <p>What can be written there is bounded: 4 MiB, 32 levels, a million values with aliases counted as often as they are used.
 */
public final class ConfigFile {
    private static final int MAX_BYTES = 4 * 1024 * 1024;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_ALIASES = 10_000;

    private ConfigFile() {}

    /**
     * Reads and checks a file with what the command line adds to it.
     *
     * @param file null where there is none: then something listens by default
     * @param overrides what the command line says
     * @param environment what <code>${env:NAME}</code> refers to
     * @throws ConfigException with every fault
     */
    public static Config read(@Nullable Path file, Overrides overrides, Map<String, String> environment) throws ConfigException {
        if (file == null) {
            MappingNode root = new Nodes("command line").object();
            if (overrides.listen().isEmpty()) {
                OptionNodes.writeDefaultListener(root);
            }
            return read(root, overrides, overrides.directory(), environment);
        }
        Path directory = file.toAbsolutePath().getParent();
        return read(compose(file.toString(), content(file)), overrides, directory == null ? Path.of("/") : directory,
                environment);
    }

    /** Reads and checks {@code text}, which faults call {@code source}; relative paths start at {@code directory}. */
    static Config read(String source, String text, Path directory, Map<String, String> environment) throws ConfigException {
        return read(compose(source, text), Overrides.none(directory), directory, environment);
    }

    private static Config read(Node root, Overrides overrides, Path directory, Map<String, String> environment)
            throws ConfigException {
        OptionNodes options = new OptionNodes(overrides);
        if (root instanceof MappingNode mapping) {
            options.writeTo(mapping);
        }
        Reading reading = new Reading(directory, environment);
        Config config = Config.TYPE.read(root, reading);
        List<Fault> faults = new ArrayList<>(options.faults());
        faults.addAll(reading.faults());
        if (config == null || !faults.isEmpty()) {
            throw new ConfigException(faults);
        }
        return config;
    }

    private static String content(Path file) throws ConfigException {
        Place place = Place.of(file.toString());
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw fault(place, "the file is larger than 4 MiB; long lists belong in the file of a rule set");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw fault(place, "the file is not UTF-8");
        } catch (IOException e) {
            throw fault(place, "the file cannot be read: " + Reasons.of(e));
        }
    }

    private static Node compose(String source, String text) throws ConfigException {
        LoadSettings settings = LoadSettings.builder().setLabel(source).setAllowDuplicateKeys(true).setUseMarks(true)
                .setCodePointLimit(MAX_BYTES).setMaxAliasesForCollections(MAX_ALIASES).build();
        try {
            checkDepth(text, settings);
            Optional<Node> root = new Compose(settings).composeString(text);
            return root.orElseThrow(() -> fault(new Place(source, 1, 1), "the file is empty; the least it needs is 'inbounds'"));
        } catch (MarkedYamlEngineException e) {
            throw fault(Reading.place(e.getProblemMark().orElse(null)), syntax(e));
        } catch (YamlEngineException e) {
            throw fault(Place.of(source), "this is no YAML: " + firstLine(String.valueOf(e.getMessage())));
        }
    }

    /** The composer calls itself for each level: the depth must be known before. */
    private static void checkDepth(String text, LoadSettings settings) throws ConfigException {
        int depth = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                default -> {
                }
            }
            if (depth > MAX_DEPTH) {
                throw fault(Reading.place(event.getStartMark().orElse(null)), "more than " + MAX_DEPTH + " levels");
            }
        }
    }

    private static String syntax(MarkedYamlEngineException e) {
        String problem = e.getProblem();
        String words = problem == null ? firstLine(String.valueOf(e.getMessage())) : problem;
        if (words.contains("'\\t(TAB)'")) {
            return "a tab cannot indent in YAML: use spaces";
        }
        return "this is no YAML: " + words;
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    private static ConfigException fault(Place place, String message) {
        return new ConfigException(List.of(new Fault(place, message)));
    }
}
