package dev.sluice.app.config;

import dev.sluice.core.HostSet;
import dev.sluice.core.RuleSetParser;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A named set of domains and networks that rules refer to.
 *
 * @param name how rules know it
 * @param place where it is written
 * @param file one entry a line, read anew when it changes; null where the entries stand in place
 * @param hosts what it holds
 */
public record RuleSetConfig(String name, Place place, @Nullable Path file, HostSet hosts) {
    private static final Key<Placed<String>> NAME = Key.required("name", Scalars.PLACED_NAME, "How rules know it.");
    private static final Key<Path> FILE = Key.optional("file", Scalars.READABLE_FILE,
            "Domains or CIDRs, one per line: example.com, .example.com with all below, 10.0.0.0/8; # for remarks. Read anew when it changes.");
    private static final Key<List<Placed<String>>> ENTRIES = Key.optional("entries", ListType.of(new PlacedType<>(Scalars.TEXT)),
            "The same, in place.");

    static final ObjectType<RuleSetConfig> TYPE = new ObjectType<>("a rule set", List.of(NAME, FILE, ENTRIES),
            RuleSetConfig::build);

    private static RuleSetConfig build(Values v) {
        v.reading().declare("rule set", v.get(NAME));
        if (v.has(FILE) == v.has(ENTRIES)) {
            v.reading().fault(v.place(), "a rule set needs either 'file' or 'entries'");
        }
        Path file = v.find(FILE);
        List<Placed<String>> entries = v.find(ENTRIES);
        HostSet hosts = HostSet.EMPTY;
        try {
            if (file != null) {
                hosts = read(file);
            } else if (entries != null) {
                hosts = inPlace(entries, v);
            }
        } catch (ConfigException e) {
            e.faults().forEach(f -> v.reading().fault(f.place(), f.message()));
        } catch (IOException e) {
            v.fault(FILE, "the file cannot be read: " + Reasons.of(e));
        }
        return new RuleSetConfig(v.get(NAME).value(), v.place(), file, hosts);
    }

    /**
     * Reads the file of a rule set.
     *
     * @throws ConfigException with the faults in it
     */
    public static HostSet read(Path file) throws IOException, ConfigException {
        try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            RuleSetParser.Result result = RuleSetParser.parse(text);
            if (!result.faults().isEmpty()) {
                throw new ConfigException(result.faults().stream()
                        .map(f -> new Fault(new Place(file.toString(), f.line(), f.column()), f.message())).toList());
            }
            return result.hosts();
        }
    }

    private static HostSet inPlace(List<Placed<String>> entries, Values v) throws IOException {
        String text = entries.stream().map(Placed::value).collect(Collectors.joining("\n"));
        RuleSetParser.Result result = RuleSetParser.parse(new StringReader(text));
        for (RuleSetParser.Fault fault : result.faults()) {
            v.reading().fault(entries.get(fault.line() - 1).place(), fault.message());
        }
        return result.hosts();
    }
}
