package dev.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sluice.app.Main;
import dev.sluice.testkit.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process: starts, says what listens, ends at a signal with 0 and leaves nothing behind. */
@DisabledOnOs(OS.WINDOWS)
final class LauncherIT {
    private static final Pattern LISTENING = Pattern.compile("listening on mixed 127\\.0\\.0\\.1:(\\d+)");

    private static final int SIGHUP = 1;
    private static final int SIGINT = 2;

    static Process start(String... args) throws IOException {
        return ChildJvm.light(Main.class, args).redirectErrorStream(true).start();
    }

    private static int port(BufferedReader output) throws IOException {
        for (String line; (line = output.readLine()) != null;) {
            Matcher m = LISTENING.matcher(line);
            if (m.find()) {
                assertThat(line).contains("try: curl -x 127.0.0.1:" + m.group(1));
                return Integer.parseInt(m.group(1));
            }
        }
        throw new AssertionError("it ended without listening");
    }

    private static void endsWith(Process process, String signal, int code) throws Exception {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void aSignalEndsWithZero(String signal) throws Exception {
        assumeFalse(signal.equals("INT") && isIgnored(SIGINT), "skipped: SIGINT is ignored here, and Java leaves it so");
        Process process = start("run", "--listen", "mixed://127.0.0.1:0", "--admin", "off");
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            int port = port(output);
            endsWith(process, signal, 0);
            try (ServerSocket again = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                assertThat(again.isBound()).isTrue();
            }
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void hangUpReadsTheFileAgain(@TempDir Path directory) throws Exception {
        assumeFalse(isIgnored(SIGHUP), "skipped: SIGHUP is ignored here, as nohup does it, and Java leaves it so");
        Path file = directory.resolve("sluice.yaml");
        Files.writeString(file, "inbounds: [{type: mixed, listen: '127.0.0.1:0'}]\nadmin: off\n");
        Process process = start("run", "-c", file.toString());
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            port(output);
            new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
            String line = output.readLine();
            while (line != null && !line.contains("configuration taken over")) {
                line = output.readLine();
            }
            assertThat(line).isNotNull().contains("asked by a signal");
            endsWith(process, "TERM", 0);
        } finally {
            process.destroyForcibly();
        }
    }

    /** A shell without job control starts what runs in the background so, and children inherit it. */
    private static boolean isIgnored(int signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        String ignored = Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:")).findFirst()
                .orElse("SigIgn: 0");
        return (Long.parseUnsignedLong(ignored.substring(7).trim(), 16) & (1L << (signal - 1))) != 0;
    }

    @Test
    void theSecondSignalEndsAtOnce() throws Exception {
        Process process = start("run", "--listen", "mixed://127.0.0.1:0", "--admin", "off");
        try (ServerSocket origin = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                BufferedReader output = new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int port = port(output);
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                client.getOutputStream().write(("CONNECT 127.0.0.1:" + origin.getLocalPort() + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                assertThat(client.getInputStream().read()).isEqualTo('H');
                new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
                String line = output.readLine();
                while (line != null && !line.contains("SIGTERM: no new connections")) {
                    line = output.readLine();
                }
                assertThat(process.isAlive()).as("it drains").isTrue();
                endsWith(process, "TERM", 0);
            }
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aPortThatIsTakenIsSaidPlainly() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process = start("run", "--listen", "mixed://127.0.0.1:" + taken.getLocalPort(), "--admin", "off");
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isEqualTo(1);
            assertThat(output).contains("127.0.0.1:" + taken.getLocalPort(), "address already in use", "another port")
                    .doesNotContain("\tat ");
        }
    }
}
