/**
 * AnyTLS, client and server: many streams inside one ordinary TLS session, its first records padded.
 *
 * <p>Floor 3, above {@code proxy}. It knows no file format and no command line. The packages beneath it are its own business.
 */
@NullMarked
package dev.sluice.anytls;

import org.jspecify.annotations.NullMarked;
