/**
 * The way to a next proxy: dial its server, put TLS on the stream, shake hands, hand the stream on. What is said in the handshake
 * is a {@link dev.sluice.proxy.upstream.Dialogue}; everything else is written once, in {@link dev.sluice.proxy.upstream.NextProxy}.
 */
@NullMarked
package dev.sluice.proxy.upstream;

import org.jspecify.annotations.NullMarked;
