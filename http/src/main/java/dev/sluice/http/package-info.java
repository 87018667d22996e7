/**
 * The exchange engine, the only thing that forwards HTTP messages: a version-neutral {@code Exchange}, HTTP/1.1 as its first
 * codec, the forwarding rules of RFC 9110 and RFC 9112, and the pool of origin connections.
 *
 * <p>Floor 2. It knows no users, no rules of routing and no configuration: the proxy gives it those as small interfaces.
 */
@NullMarked
package dev.sluice.http;

import org.jspecify.annotations.NullMarked;
