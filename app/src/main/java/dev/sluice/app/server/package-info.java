/**
 * Builds the running program of a configuration, exchanges what a new version of it changes, and ends it in order.
 *
 * <p>One thread, {@code sluice-control}, owns all of it: starts, reloads and the watch over files run there one after another,
 * and may wait. Nothing here is on the path of bytes.
 */
@NullMarked
package dev.sluice.app.server;

import org.jspecify.annotations.NullMarked;
