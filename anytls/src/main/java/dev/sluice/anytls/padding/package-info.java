/**
 * Padding: the text of a scheme, the sizes that it draws, and the splitting of a session's first packets into records.
 *
 * <p>It must not know channels, sockets, threads or clocks.
 */
@NullMarked
package dev.sluice.anytls.padding;

import org.jspecify.annotations.NullMarked;
