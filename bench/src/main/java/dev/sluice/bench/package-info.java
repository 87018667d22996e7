/** Measurements: JMH benchmarks of the hot paths and the loads of the side-by-side runs. */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
