package dev.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever looks for one connection in the log finds all its lines by one name, and no password. */
@DisabledOnOs(OS.WINDOWS)
final class ConnectionLinesIT {
    private static final Pattern LISTENING = Pattern.compile("listening on mixed 127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern CONN = Pattern.compile("\\bconn(?:=|\":\")([0-9A-Za-z-]+)");

    private int proxy;
    private String log = "";

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void everyLineOfAConnectionHasItsName(String format) throws Exception {
        Process process = LauncherIT.start("run", "--listen", "mixed://ann:secret@127.0.0.1:0", "--admin", "off", "--log", format,
                "--log-level", "debug");
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
                ServerSocket target = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            proxy = port(output);
            int carried = socks("secret", target);
            int turnedAway = socks("wr0ng-password", target);
            int anonymous = http("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n");
            int refused = http("CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\nProxy-Authorization: Basic "
                    + Base64.getEncoder().encodeToString("ann:secret".getBytes(StandardCharsets.UTF_8)) + "\r\n\r\n");
            int broken = http("GET / HTTP/1.1\rHost: x\r\n\r\n");
            assertThat(process.toHandle().destroy()).isTrue();
            log = String.join("\n", output.lines().toList());
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();

            assertThat(linesOf(carried)).as(log).hasSize(2).anyMatch(l -> l.contains("established"))
                    .anyMatch(l -> l.contains("SOCKS5") && l.contains("finished"));
            assertThat(linesOf(turnedAway)).as(log).hasSize(2).anyMatch(l -> l.contains(" DEBUG ") || l.contains("\"DEBUG\""))
                    .anyMatch(l -> l.contains("INFO") && l.contains("SOCKS5") && l.contains("unauthorized")
                            && l.contains("wrong user name or password"));
            assertThat(linesOf(anonymous)).as(log).hasSize(2).anyMatch(l -> l.contains("INFO") && l.contains("407"));
            assertThat(linesOf(refused)).as(log).isNotEmpty().anyMatch(l -> l.contains("INFO") && l.contains("CONNECT"));
            assertThat(linesOf(broken)).as(log).hasSize(2).anyMatch(l -> l.contains("INFO") && l.contains("400"));
            assertThat(log).doesNotContain("secret", "wr0ng-password");
        } finally {
            process.destroyForcibly();
        }
    }

    /** What the log says of the client with {@code port}: each line under the same name. */
    private List<String> linesOf(int port) {
        List<String> lines = log.lines().filter(line -> line.contains("127.0.0.1:" + port)).toList();
        assertThat(lines).allMatch(line -> CONN.matcher(line).find());
        assertThat(lines.stream().flatMap(line -> CONN.matcher(line).results().map(MatchResult::group)).map(String::strip)
                .distinct()).as(log).hasSizeLessThanOrEqualTo(1);
        return lines;
    }

    private static int port(BufferedReader output) throws IOException {
        for (String line; (line = output.readLine()) != null;) {
            Matcher m = LISTENING.matcher(line);
            if (m.find()) {
                return Integer.parseInt(m.group(1));
            }
        }
        throw new AssertionError("it ended without listening");
    }

    private int socks(String password, ServerSocket target) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy)) {
            InputStream in = socket.getInputStream();
            socket.getOutputStream().write(new byte[]{5, 1, 2});
            assertThat(in.readNBytes(2)).containsExactly(5, 2);
            byte[] login = ("\1\3ann" + (char) password.length() + password).getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(login);
            if (in.readNBytes(2)[1] == 0) {
                socket.getOutputStream().write(new byte[]{5, 1, 0, 1, 127, 0, 0, 1, (byte) (target.getLocalPort() >> 8),
                        (byte) target.getLocalPort()});
                assertThat(in.readNBytes(10)).startsWith(5, 0);
                target.accept().close();
            }
            socket.shutdownOutput();
            in.readAllBytes();
            return socket.getLocalPort();
        }
    }

    private int http(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
            return socket.getLocalPort();
        }
    }
}
