/** Writes JSON: log lines, the schema, the admin listener's answers. It reads none. */
@NullMarked
package dev.sluice.app.json;

import org.jspecify.annotations.NullMarked;
