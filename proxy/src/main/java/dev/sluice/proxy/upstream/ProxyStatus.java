package dev.sluice.proxy.upstream;

import dev.sluice.core.ConnectFailedException.Failure;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a proxy's refusal says of the target, by its {@code Proxy-Status} field (RFC 9209 §2.3) or else its status. */
final class ProxyStatus {
    private static final Pattern ERROR = Pattern.compile(";[ \\t]*error=([a-z_]{1,64})");

    private ProxyStatus() {}

    /** {@code field} is null where there is none; its first error is the one that happened nearest to the target. */
    static Failure failure(int status, @Nullable String field) {
        Matcher error = ERROR.matcher(field == null ? "" : field);
        if (error.find()) {
            return byError(error.group(1), String.valueOf(field));
        }
        return switch (status) {
            case 407 -> Failure.UPSTREAM_AUTH;
            case 504 -> Failure.TIMEOUT;
            default -> Failure.UPSTREAM;
        };
    }

    private static Failure byError(String error, String field) {
        return switch (error) {
            case "connection_refused" -> Failure.REFUSED;
            case "connection_timeout" -> Failure.TIMEOUT;
            case "dns_error" -> field.contains("rcode=\"NXDOMAIN\"") ? Failure.NAME_NOT_RESOLVED : Failure.DNS_ERROR;
            case "dns_timeout" -> Failure.DNS_ERROR;
            case "destination_not_found", "destination_ip_unroutable" -> Failure.HOST_UNREACHABLE;
            case "destination_ip_prohibited", "http_request_denied" -> Failure.BLOCKED;
            case "proxy_loop_detected" -> Failure.LOOP;
            default -> Failure.UPSTREAM;
        };
    }
}
