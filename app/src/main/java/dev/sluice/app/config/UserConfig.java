package dev.sluice.app.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who may use an inbound.
 *
 * @param name how he says who he is, and how rules and logs know him
 * @param password what he must know; a hash where it begins with a known prefix
 * @param connections at the same time, instead of the inbound's limit; for anytls his sessions; null for the inbound's
 * @param bytes that he may carry in all through an anytls inbound; 0 for no limit
 */
public record UserConfig(Placed<String> name, Secret password, @Nullable Integer connections, long bytes) {

    /** One entry of an inbound's {@code users}. */
    public sealed interface Entry {
        /** A user that is declared at the top of the file. */
        record Named(Placed<String> name) implements Entry {}

        /** A user of this inbound only. */
        record Own(UserConfig user) implements Entry {}
    }

    /** Notes that the entry names a user, or declares one that rules may name. */
    static void note(Entry entry, Reading reading) {
        switch (entry) {
            case Entry.Named named -> reading.refer("user", named.name());
            case Entry.Own own -> reading.knows("user", own.user().name());
        }
    }

    private static final Key<Placed<String>> NAME = Key.required("name",
            new PlacedType<>(ScalarType.of("user name", java.util.Map.of("type",
                    "string"), UserConfig::userName)),
            "Who it is, in requests, rules and logs.");
    private static final Key<Secret> PASSWORD = Key.required("password", Scalars.SECRET,
            "The password, or its hash; env:NAME or file:PATH keep it out of the file.");

    private static final Key<Integer> CONNECTIONS = Key.optional("connections", Scalars.integer(0, 10_000_000),
            "Connections of this user at the same time, instead of the limit per-user; with anytls sessions; 0 for no limit.");
    private static final Key<Long> BYTES = Key.of("bytes", Scalars.SIZE_TYPE, "0",
            "What the user may carry through an anytls inbound in all, both directions, until the program ends; 0 for no limit.");

    private static final ObjectType<UserConfig> OBJECT = new ObjectType<>("a user", List.of(NAME, PASSWORD, CONNECTIONS, BYTES),
            UserConfig::build);
    static final Type<UserConfig> TYPE = OBJECT;

    /** Users declared at the top of the file, which rules and inbounds name. */
    static final ObjectType<UserConfig> DECLARED = new ObjectType<>("a user",
            List.of(NAME, PASSWORD, CONNECTIONS, BYTES), v -> {
                Placed<String> name = v.find(NAME);
                if (name != null) {
                    v.reading().declare("user", name);
                }
                return build(v);
            });
    static final Type<Entry> ENTRY = new EitherType<>(
            new MappedType<>(new PlacedType<>(Scalars.TEXT), Entry.Named::new), new MappedType<>(OBJECT, Entry.Own::new));

    /** The users that {@code entries} mean; {@code all}, those at the top of the file, where there are none. */
    public static List<UserConfig> resolve(@Nullable List<Entry> entries, List<UserConfig> all) {
        if (entries == null) {
            return all;
        }
        List<UserConfig> users = new ArrayList<>();
        for (Entry entry : entries) {
            switch (entry) {
                case Entry.Own own -> users.add(own.user());
                case Entry.Named named -> all.stream().filter(u -> u.name().value().equals(named.name().value()))
                        .forEach(users::add);
            }
        }
        return users;
    }

    private static UserConfig build(Values v) {
        return new UserConfig(v.get(NAME), v.get(PASSWORD), v.find(CONNECTIONS), v.get(BYTES));
    }

    /** RFC 7617 forbids the colon, RFC 1929 more than 255 bytes. */
    static String userName(String text) {
        Scalars.text(text);
        if (text.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a user name holds no ':' (RFC 7617)");
        }
        if (text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 255) {
            throw new IllegalArgumentException("a user name has at most 255 bytes (RFC 1929)");
        }
        return text;
    }
}
