/**
 * What the program says: SLF4J over Logback, set up in code because looking for files costs start-up time. Lines are made and
 * written by one thread of their own, so that a slow terminal never stops a loop; what does not fit is dropped and counted.
 *
 * <p>Extra facts travel as SLF4J key-value pairs; the key {@code conn} names the connection in every line that belongs to one.
 */
@NullMarked
package dev.sluice.app.logs;

import org.jspecify.annotations.NullMarked;
