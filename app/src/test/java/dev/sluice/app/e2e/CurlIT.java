package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user of {@code curl} sees. */
@ExtendWith({LeakWatch.class, LogWatch.class})
class CurlIT {
    private static final String STATUS = "\n%{http_code} %{exitcode}";

    @TempDir
    private Path directory = Path.of("");
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private RunningProxy proxy() throws Exception {
        RunningProxy proxy = RunningProxy.mixed(directory);
        open.add(proxy);
        return proxy;
    }

    private ScriptedServer server(ScriptedServer.Script script) throws IOException {
        ScriptedServer server = ScriptedServer.start(script);
        open.add(server);
        return server;
    }

    private ScriptedServer hello() throws IOException {
        return server((in, out, socket) -> {
            while (true) {
                ScriptedServer.head(in);
                ScriptedServer.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            }
        });
    }

    private static String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "-m", "40", "-w", STATUS));
        command.addAll(List.of(arguments));
        return Programs.run(command).output();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "socks4", "socks4a", "socks5", "socks5h"})
    void everyKindOfProxy(String scheme) throws Exception {
        RunningProxy proxy = proxy();
        String url = "http://localhost:" + hello().port() + "/";

        assertThat(curl("-x", scheme + "://127.0.0.1:" + proxy.port("in"), url, url)).isEqualTo("hello\n200 0hello\n200 0");
    }

    @Test
    void connect() throws Exception {
        RunningProxy proxy = proxy();
        String url = "http://localhost:" + hello().port() + "/";

        assertThat(curl("-p", "-x", "127.0.0.1:" + proxy.port("in"), url)).isEqualTo("hello\n200 0");
        proxy.awaitQuiet();
        assertThat(proxy.ended()).singleElement().satisfies(e -> assertThat(e.what()).startsWith("CONNECT localhost:"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "socks5h"})
    void aUserAndAPassword(String scheme) throws Exception {
        RunningProxy proxy = RunningProxy.start(directory, """
                inbounds: [{type: mixed, name: in, listen: '127.0.0.1:0', users: [{name: alice, password: 'se cret:'}]}]
                admin: off
                """);
        open.add(proxy);
        String url = "http://localhost:" + hello().port() + "/";
        String address = scheme + "://127.0.0.1:" + proxy.port("in");

        assertThat(curl("-x", address, "--proxy-user", "alice:se cret:", url)).isEqualTo("hello\n200 0");
        assertThat(curl("-x", address, "--proxy-user", "alice:wrong", url)).doesNotContain("hello");
        assertThat(curl("-x", address, url)).doesNotContain("hello");
    }

    @Test
    void withoutCredentialsTheClientIsAskedForThem() throws Exception {
        RunningProxy proxy = RunningProxy.start(directory, """
                inbounds: [{type: mixed, name: in, listen: '127.0.0.1:0', users: [{name: alice, password: secret}]}]
                admin: off
                """);
        open.add(proxy);

        assertThat(curl("-i", "-x", "127.0.0.1:" + proxy.port("in"), "http://localhost:1/")).contains("407")
                .containsIgnoringCase("proxy-authenticate: basic");
    }

    @Test
    void aClosedPortIsA502ThatSaysWhy() throws Exception {
        RunningProxy proxy = proxy();
        String answer = curl("-i", "-x", "127.0.0.1:" + proxy.port("in"), "http://127.0.0.1:1/");

        assertThat(answer).contains("502").containsIgnoringCase("proxy-status:").contains("connection_refused").endsWith("502 0");
        assertThat(curl("-x", "socks5h://127.0.0.1:" + proxy.port("in"), "http://127.0.0.1:1/")).endsWith("000 97");
    }

    @Test
    void anUploadWaitsForTheOriginsOwn100() throws Exception {
        byte[] file = file("upload", 3_000_000);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        ScriptedServer origin = server((in, out, socket) -> {
            String head = ScriptedServer.head(in);
            ScriptedServer.send(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
            received.complete(ScriptedServer.body(head, in));
            ScriptedServer.send(out, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        });

        // curl would send the body by itself only after 30 s: the 100 must come through while the request is not complete
        assertThat(
                curl("-x", "127.0.0.1:" + proxy().port("in"), "-T", directory.resolve("upload").toString(), "--expect100-timeout",
                        "30", "-H", "Expect: 100-continue", "http://localhost:" + origin.port() + "/up"))
                .endsWith("201 0");
        assertThat(received.join()).isEqualTo(file);
    }

    @Test
    void anOriginThatNeverSays100GetsTheBodyAllTheSame() throws Exception {
        byte[] file = file("upload", 100_000);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        ScriptedServer origin = server((in, out, socket) -> {
            received.complete(ScriptedServer.body(ScriptedServer.head(in), in));
            ScriptedServer.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });

        assertThat(
                curl("-x", "127.0.0.1:" + proxy().port("in"), "-T", directory.resolve("upload").toString(), "--expect100-timeout",
                        "0.2", "-H", "Expect: 100-continue", "http://localhost:" + origin.port() + "/up"))
                .endsWith("200 0");
        assertThat(received.join()).isEqualTo(file);
    }

    @Test
    void anEarlyRefusalEndsTheUpload() throws Exception {
        file("upload", 50_000_000);
        ScriptedServer origin = server((in, out, socket) -> {
            ScriptedServer.head(in);
            ScriptedServer.send(out, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbig!");
            socket.shutdownOutput();
            in.skipNBytes(1_000_000_000); // as servers do: what was on its way is read, or the answer would be lost
        });

        assertThat(curl("-x", "127.0.0.1:" + proxy().port("in"), "-T", directory.resolve("upload").toString(), "-H", "Expect:",
                "http://localhost:" + origin.port() + "/up")).contains("big!").contains("413");
    }

    @Test
    void aCutDownloadDoesNotLookComplete() throws Exception {
        ScriptedServer origin = server((in, out, socket) -> {
            ScriptedServer.head(in);
            ScriptedServer.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
            socket.setSoLinger(true, 0);
        });
        RunningProxy proxy = proxy();
        String url = "http://localhost:" + origin.port() + "/";

        assertThat(curl("-x", "127.0.0.1:" + proxy.port("in"), url)).doesNotEndWith(" 0");
        assertThat(curl("-x", "socks5h://127.0.0.1:" + proxy.port("in"), url)).doesNotEndWith(" 0");
    }

    @Test
    void tenAtOnceAndManyThatGiveUpLeaveNothingBehind() throws Exception {
        ScriptedServer slow = server((in, out, socket) -> {
            ScriptedServer.head(in);
            ScriptedServer.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            in.read(); // until the client leaves
        });
        ScriptedServer fast = hello();
        RunningProxy proxy = proxy();
        AtomicReference<Throwable> failed = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            String scheme = i % 2 == 0 ? "http" : "socks5h";
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    String address = scheme + "://127.0.0.1:" + proxy.port("in");
                    assertThat(curl("-x", address, "http://localhost:" + fast.port() + "/")).isEqualTo("hello\n200 0");
                    for (String time : List.of("0.01", "0.05", "0.1")) {
                        Programs.run(List.of("curl", "-s", "-m", time, "-x", address, "http://localhost:" + slow.port() + "/"));
                    }
                } catch (Throwable e) {
                    failed.set(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failed.get()).isNull();
        proxy.awaitQuiet();
    }

    private byte[] file(String name, int size) throws IOException {
        byte[] content = new byte[size];
        new SplittableRandom(7).nextBytes(content);
        Files.write(directory.resolve(name), content);
        return content;
    }
}
