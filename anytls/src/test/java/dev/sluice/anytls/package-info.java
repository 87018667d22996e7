/** Tests of AnyTLS. */
@NullMarked
package dev.sluice.anytls;

import org.jspecify.annotations.NullMarked;
