/** Tests of the state machines in this package. */
@NullMarked
package dev.sluice.anytls.session;

import org.jspecify.annotations.NullMarked;
