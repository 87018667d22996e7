/** Tests of the state machines in this package. */
@NullMarked
package dev.sluice.anytls.padding;

import org.jspecify.annotations.NullMarked;
