package dev.sluice.app.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named set of domains and networks that rules refer to.
 *
 * @param name how rules know it
 * @param place where it is written
 * @param file one entry a line, read anew when it changes; null for none
 * @param entries written in place
 */
public record RuleSetConfig(String name, Place place, @Nullable Path file, List<Placed<String>> entries) {
    private static final Key<Placed<String>> NAME = Key.required("name", Scalars.PLACED_NAME, "How rules know it.");
    private static final Key<Path> FILE = Key.optional("file", Scalars.READABLE_FILE,
            "Domains or CIDRs, one per line, # for remarks. Read anew when it changes.");
    private static final Key<List<Placed<String>>> ENTRIES = Key.optional("entries", ListType.of(new PlacedType<>(Scalars.TEXT)),
            "Domains or CIDRs, in place.");

    static final ObjectType<RuleSetConfig> TYPE = new ObjectType<>("a rule set", List.of(NAME, FILE, ENTRIES), v -> {
        v.reading().declare("rule set", v.get(NAME));
        if (v.has(FILE) == v.has(ENTRIES)) {
            v.reading().fault(v.place(), "a rule set needs either 'file' or 'entries'");
        }
        List<Placed<String>> entries = v.find(ENTRIES);
        return new RuleSetConfig(v.get(NAME).value(), v.place(), v.find(FILE), entries == null ? List.of() : entries);
    });
}
