/**
 * {@link dev.sluice.stream.Stream}: a byte stream for Java programs that block, whatever carries it.
 *
 * <p>The only package of the data path that may park a thread; it knows Netty's {@code Channel} and nothing of what is below it.
 */
@NullMarked
package dev.sluice.stream;

import org.jspecify.annotations.NullMarked;
