/** Tests of the state machines in this package. */
@NullMarked
package dev.sluice.anytls.frame;

import org.jspecify.annotations.NullMarked;
