/** Tests of multiplexed sessions. */
@NullMarked
package dev.sluice.mux;

import org.jspecify.annotations.NullMarked;
