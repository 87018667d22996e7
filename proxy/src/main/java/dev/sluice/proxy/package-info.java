/**
 * The inbounds {@code mixed}, {@code http}, {@code socks} and {@code forward}, the outbounds {@code direct}, {@code block},
 * {@code http}, {@code socks}, {@code failover} and {@code balance}, and what guards them: access lists, users, limits.
 *
 * <p>Floor 3. It knows no file format and no command line: {@code app} builds these objects from the configuration.
 */
@NullMarked
package dev.sluice.proxy;

import org.jspecify.annotations.NullMarked;
