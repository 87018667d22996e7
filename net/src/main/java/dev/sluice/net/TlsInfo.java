package dev.sluice.net;

import org.jspecify.annotations.Nullable;

/**
 * What a TLS handshake agreed on.
 *
 * @param version {@code TLSv1.2} or {@code TLSv1.3}
 * @param cipher the cipher suite
 * @param applicationProtocol the protocol agreed by ALPN (RFC 7301); null where none was
 */
public record TlsInfo(String version, String cipher, @Nullable String applicationProtocol) {}
