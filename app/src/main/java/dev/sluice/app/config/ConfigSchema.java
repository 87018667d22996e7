package dev.sluice.app.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the declaration of the configuration gives besides a reader: the JSON Schema for editors, and the table of keys. */
public final class ConfigSchema {
    private ConfigSchema() {}

    /** JSON Schema (2020-12) of the file. */
    public static Map<String, Object> schema() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "Sluice configuration");
        schema.putAll(Config.TYPE.schema());
        return schema;
    }

    /** Every key with its type, default and meaning, as Markdown: one table for each part of the file. */
    public static String markdown() {
        Map<String, ObjectType<?>> parts = new LinkedHashMap<>();
        StringBuilder out = new StringBuilder();
        part(out, "Top level", Config.TYPE, "", parts);
        for (int i = 0; i < parts.size(); i++) {
            String path = List.copyOf(parts.keySet()).get(i);
            ObjectType<?> type = parts.get(path);
            if (type != null) {
                part(out, "`" + path + "`", type, path, parts);
            }
        }
        return out.substring(0, out.length() - 1); // without the last empty line
    }

    private static void part(StringBuilder out, String title, ObjectType<?> type, String path, Map<String, ObjectType<?>> parts) {
        out.append("### ").append(title).append("\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
        for (Key<?> key : type.keys()) {
            String fallback = key.fallback();
            String shown = key.required() ? "required" : fallback == null || fallback.equals("{}") ? "" : "`" + fallback + "`";
            out.append("| `").append(key.name()).append("` | ").append(cell(key.type().label())).append(" | ").append(shown)
                    .append(" | ").append(cell(key.doc())).append(" |\n");
            String below = path.isEmpty() ? key.name() : path.replaceFirst(", type .*", "") + "." + key.name();
            nested(key.type(), below, parts);
        }
        out.append('\n');
    }

    private static void nested(Type<?> type, String path, Map<String, ObjectType<?>> parts) {
        switch (type) {
            case ObjectType<?> object -> {
                if (!parts.containsValue(object)) {
                    parts.putIfAbsent(path, object);
                }
            }
            case ListType<?> list -> nested(list.element(), path, parts);
            case EitherType<?> either -> nested(either.object(), path, parts);
            case PlacedType<?> placed -> nested(placed.type(), path, parts);
            case MappedType<?, ?> mapped -> nested(mapped.type(), path, parts);
            case VariantType<?> variant -> variant.variants()
                    .forEach((word, object) -> parts.putIfAbsent(path + ", type " + word, object));
            default -> {
            }
        }
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
