/**
 * The configuration: one declaration of every key, from which the file reader, the JSON Schema and the table of keys are made;
 * the model that comes of it; and the short URIs of the command line, which say the same things.
 *
 * <p>It knows no sockets and starts nothing: what it gives out are plain values, or every fault with its place.
 */
@NullMarked
package dev.sluice.app.config;

import org.jspecify.annotations.NullMarked;
