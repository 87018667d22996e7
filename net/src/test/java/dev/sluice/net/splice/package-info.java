/** The parts of splicing by themselves. */
@NullMarked
package dev.sluice.net.splice;

import org.jspecify.annotations.NullMarked;
