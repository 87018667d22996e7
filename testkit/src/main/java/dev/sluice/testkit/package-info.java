/**
 * What the tests of every module share: a virtual clock, scripted peers, an in-memory pair of streams, {@code StreamContract},
 * and the watch over leaked buffers, threads and logged errors. Never part of the product.
 */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
