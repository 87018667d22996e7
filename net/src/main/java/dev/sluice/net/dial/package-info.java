/**
 * In which order and at what times the addresses of a target are tried: {@link dev.sluice.net.dial.HappyEyeballs}.
 *
 * <p>Protocol logic: it knows no channel, no thread and no clock. Internal to {@code net}.
 */
@NullMarked
package dev.sluice.net.dial;

import org.jspecify.annotations.NullMarked;
