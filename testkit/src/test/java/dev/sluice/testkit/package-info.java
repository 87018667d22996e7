/** Tests of the testkit, and the contract tests that need both it and {@code net}. */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
