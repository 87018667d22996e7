package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.http.HttpEngine;
import dev.sluice.http.HttpLimits;
import dev.sluice.proxy.UserList.User;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What all connections of one user share, whether they are tunnels or HTTP bodies. Only the slower side of time is promised. */
@SuppressWarnings("NullAway.Init")
class UserRateIT {
    private static final int RATE = 200_000;
    private static final int BODY = 100_000;
    private static final String PROOF = "Proxy-Authorization: Basic "
            + Base64.getEncoder().encodeToString("ann:pw".getBytes(StandardCharsets.US_ASCII)) + "\r\n";

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();
    @RegisterExtension
    final LogWatch logs = new LogWatch();

    private final InboundRig rig = new InboundRig();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private ServerSocket origin;
    private InetSocketAddress proxy;

    @BeforeEach
    void start() throws IOException {
        origin = new ServerSocket(0, 50, InboundRig.LOOPBACK);
        UserList users = new UserList(List.of(new User("ann", "pw", 0, RATE)), Runnable::run);
        proxy = rig.start(InboundRig.settings().withUsers(users),
                new HttpProtocol(new HttpEngine(rig.root, HttpLimits.DEFAULT), rig.context.dispatcher()));
        threads.submit(this::serve);
    }

    @AfterEach
    void stop() throws IOException {
        await().until(() -> rig.table.size() == 0);
        rig.close();
        origin.close();
        threads.shutdownNow();
    }

    /** Sends a body to whoever says something. */
    private Void serve() throws IOException {
        while (true) {
            Socket socket = origin.accept();
            threads.submit(() -> {
                try (socket) {
                    socket.getInputStream().read();
                    socket.getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + BODY + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    socket.getOutputStream().write(new byte[BODY]);
                    socket.shutdownOutput();
                    return socket.getInputStream().readAllBytes();
                }
            });
        }
    }

    private int get() throws IOException {
        return bytes("GET http://127.0.0.1:" + origin.getLocalPort() + "/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + PROOF
                + "\r\n");
    }

    private int tunnel() throws IOException {
        return bytes("CONNECT 127.0.0.1:" + origin.getLocalPort() + " HTTP/1.1\r\nHost: x\r\n" + PROOF + "\r\nx");
    }

    private int bytes(String request) throws IOException {
        try (Socket socket = new Socket(proxy.getAddress(), proxy.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            return in.readAllBytes().length;
        }
    }

    @Test
    void tunnelsAndBodiesDrawOnOneBucket() throws Exception {
        long began = System.nanoTime();
        List<Future<Integer>> all = new ArrayList<>();
        all.add(threads.submit(this::get));
        all.add(threads.submit(this::get));
        all.add(threads.submit(this::tunnel));
        for (Future<Integer> one : all) {
            assertThat(one.get()).isGreaterThan(BODY);
        }
        // 300 kB at 200 kB/s; each alone would take half a second.
        assertThat(System.nanoTime() - began).isGreaterThan(1_200_000_000L);
    }
}
