/** The command line: what can be typed, what is printed, and with which code the program ends. */
@NullMarked
package dev.sluice.app.cli;

import org.jspecify.annotations.NullMarked;
