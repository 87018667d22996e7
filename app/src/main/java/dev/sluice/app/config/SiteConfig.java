package dev.sluice.app.config;

import dev.sluice.core.Destination;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A web site that answers instead of us: {@code http://host[:port]} or {@code https://host[:port]}, for https with
 * {@code ?sni=NAME} and {@code ?insecure=1}.
 *
 * @param tls whether it is asked by TLS
 * @param site where it is
 * @param sni the name that is sent and checked; null for the host's
 * @param insecure whether any certificate will do
 */
public record SiteConfig(boolean tls, Destination site, @Nullable String sni, boolean insecure) {
    static final ScalarType<SiteConfig> TYPE = ScalarType.of("http(s)://host[:port]", Map.of("type", "string"),
            SiteConfig::parse);

    private static SiteConfig parse(String text) {
        SluiceUri uri = SluiceUri.parse(text);
        boolean tls = uri.scheme().equals("https");
        if ((!tls && !uri.scheme().equals("http")) || uri.user() != null) {
            throw new IllegalArgumentException("a site is written http://host[:port] or https://host[:port]");
        }
        String sni = null;
        boolean insecure = false;
        for (SluiceUri.Parameter parameter : uri.query()) {
            if (tls && parameter.key().equals("sni")) {
                sni = parameter.value();
            } else if (tls && parameter.key().equals("insecure")) {
                insecure = !parameter.value().equals("0");
            } else {
                throw new IllegalArgumentException("'" + parameter.key() + "' is not known here"
                        + (tls ? " (allowed: sni, insecure)" : ""));
            }
        }
        try {
            return new SiteConfig(tls, Destination.parse(Network.TCP, uri.hostPort(), tls ? 443 : 80), sni, insecure);
        } catch (InvalidDestinationException e) {
            throw new IllegalArgumentException("'" + uri.hostPort() + "' is no host:port: " + e.getMessage(), e);
        }
    }
}
