/** Configuration, command line, wiring, logs and the small admin listener: the only module that knows all others. */
@NullMarked
package dev.sluice.app;

import org.jspecify.annotations.NullMarked;
