/** Tests of the blocking stream that need no network; the contract over every carrier is in the testkit. */
@NullMarked
package dev.sluice.stream;

import org.jspecify.annotations.NullMarked;
