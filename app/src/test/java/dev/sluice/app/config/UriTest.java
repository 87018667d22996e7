package dev.sluice.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.core.Network;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short forms of the command line. */
final class UriTest {
    @TempDir
    private Path directory = Path.of("");

    private Config read(List<String> listen, List<String> via, @Nullable String admin) throws ConfigException {
        return ConfigFile.read((Path) null, new Overrides(listen, via, admin, null, null, null, directory),
                Map.of("PW", "sesame"));
    }

    private InboundConfig.Proxy listen(String uri) throws ConfigException {
        return (InboundConfig.Proxy) read(List.of(uri), List.of(), null).inbounds().getFirst();
    }

    private String fault(String listen) {
        ConfigException e = catchThrowableOfType(ConfigException.class, () -> read(List.of(listen), List.of(), null));
        return Objects.requireNonNull(e).getMessage() + "";
    }

    @Test
    void withoutAnythingMixedListensOnLoopback() throws Exception {
        InboundConfig.Proxy inbound = (InboundConfig.Proxy) read(List.of(), List.of(), null).inbounds().getFirst();
        assertThat(inbound.protocol()).isEqualTo(InboundConfig.Protocol.MIXED);
        assertThat(inbound.listening().addresses().getFirst().value()).hasToString("/127.0.0.1:8088");
    }

    @ParameterizedTest
    @CsvSource({"mixed, MIXED", "http, HTTP", "socks5, SOCKS", "MIXED, MIXED"})
    void schemesOfProxies(String scheme, InboundConfig.Protocol protocol) throws Exception {
        assertThat(listen(scheme + "://127.0.0.1:1").protocol()).isEqualTo(protocol);
    }

    @Test
    void usersArePercentDecodedAndMayComeFromElsewhere() throws Exception {
        assertThat(user("mixed://al%40ice:p%3Ass%25@0.0.0.0:1")).isEqualTo("al@ice=p:ss%");
        assertThat(user("mixed://alice:env:PW@0.0.0.0:1/")).isEqualTo("alice=sesame");
        java.nio.file.Files.writeString(directory.resolve("pw"), "opened\n");
        assertThat(user("mixed://alice:file:pw@[::]:1")).isEqualTo("alice=opened");
        assertThat(user("mixed://alice:file:" + directory.resolve("pw") + "@[::]:1")).isEqualTo("alice=opened");
        assertThat(user("mixed://alice:a${b@[::]:1")).isEqualTo("alice=a${b");
    }

    private String user(String uri) throws ConfigException {
        UserConfig.Entry.Own own = (UserConfig.Entry.Own) Objects.requireNonNull(listen(uri).users()).getFirst();
        return own.user().name() + "=" + own.user().password().reveal();
    }

    @Test
    void whatFollowsTheQuestionMark() throws Exception {
        InboundConfig.Proxy inbound = listen(
                "mixed://0.0.0.0:1?allow-from=10.0.0.0/8,192.168.0.0/16&allow-private=1&per-source=5&udp-filter=none");
        assertThat(inbound.listening().allowFrom()).containsExactly("10.0.0.0/8", "192.168.0.0/16");
        assertThat(inbound.allowPrivate()).isTrue();
        assertThat(Objects.requireNonNull(inbound.listening().limits()).perSource()).isEqualTo(5);
        assertThat(inbound.udpFilter()).isEqualTo(InboundConfig.UdpFilter.NONE);
    }

    @Test
    void forwards() throws Exception {
        Config config = read(List.of("tcp://127.0.0.1:1?to=example.com:2", "udp://127.0.0.1:1?to=[::1]:53"), List.of(), "off");
        InboundConfig.Forward tcp = (InboundConfig.Forward) config.inbounds().get(0);
        InboundConfig.Forward udp = (InboundConfig.Forward) config.inbounds().get(1);
        assertThat(tcp.networks()).containsExactly(Network.TCP);
        assertThat(tcp.to()).hasToString("example.com:2");
        assertThat(udp.networks()).containsExactly(Network.UDP);
        assertThat(udp.to()).hasToString("[::1]:53");
        assertThat(config.admin()).isEqualTo(AdminConfig.OFF);
    }

    @Test
    void anyTlsServers() throws Exception {
        Config config = read(List.of("anytls://env:PW@0.0.0.0?fallback=https://127.0.0.1:8444/%3Finsecure=1&streams=7",
                "anytls://p%40:x@127.0.0.1:2?plain=1&udp-filter=none"), List.of(), null);
        InboundConfig.AnyTls first = (InboundConfig.AnyTls) config.inbounds().get(0);
        InboundConfig.AnyTls second = (InboundConfig.AnyTls) config.inbounds().get(1);
        assertThat(first.listening().addresses().getFirst().value().getPort()).isEqualTo(443);
        assertThat(UserConfig.resolve(first.users(), List.of()).getFirst().password().reveal()).isEqualTo("sesame");
        assertThat(first.tls()).isEqualTo(ListenTls.SELF_SIGNED_ONLY);
        assertThat(first.streams()).isEqualTo(7);
        assertThat(Objects.requireNonNull(first.fallback()).insecure()).isTrue();
        assertThat(second.tls()).isNull();
        assertThat(UserConfig.resolve(second.users(), List.of()).getFirst().password().reveal()).isEqualTo("p@:x");
        assertThat(fault("anytls://127.0.0.1:1")).contains("has no users");
    }

    @Test
    void anyTlsServersToGoThrough() throws Exception {
        Config config = read(List.of(),
                List.of("anytls://env:PW@[2001:db8::1]/?sni=a.b&insecure=1&streams-per-session=4&fp=x#me"),
                null);
        OutboundConfig.AnyTls via = (OutboundConfig.AnyTls) config.outbounds().getFirst();
        assertThat(via.server()).hasToString("[2001:db8::1]:443");
        assertThat(via.password().reveal()).isEqualTo("sesame");
        assertThat(via.tls().sni()).isEqualTo("a.b");
        assertThat(via.tls().insecure()).isTrue();
        assertThat(via.options().streamsPerSession()).isEqualTo(4);
        ConfigException e = catchThrowableOfType(ConfigException.class,
                () -> read(List.of(), List.of("anytls://hunter2@h/?min-idel=4"), null));
        assertThat(Objects.requireNonNull(e).getMessage()).contains("did you mean 'min-idle'").doesNotContain("hunter2");
    }

    @Test
    void severalViasAreAChainFirstHopFirst() throws Exception {
        Config config = read(List.of(), List.of("socks5://u:env:PW@a:1", "https://b:2/?sni=c&insecure=1"), null);
        OutboundConfig.Proxy first = (OutboundConfig.Proxy) config.outbounds().get(0);
        OutboundConfig.Proxy last = (OutboundConfig.Proxy) config.outbounds().get(1);
        assertThat(first.via()).isNull();
        assertThat(Objects.requireNonNull(last.via()).value()).isEqualTo(first.name());
        assertThat(Objects.requireNonNull(last.tls()).insecure()).isTrue();
        assertThat(config.routes().getLast().to().value()).isEqualTo(last.name());
    }

    @Test
    void faultsSayWhatIsAllowedAndNeverTheSecret() {
        assertThat(fault("mixd://u:hunter2@1.1.1.1:1")).contains("unknown scheme 'mixd'", "did you mean 'mixed'",
                "(allowed: mixed, http, socks5, tcp, udp, anytls, rudp)").doesNotContain("hunter2");
        assertThat(fault("mixed://u:hunter2@1.1.1.1:70000")).contains("port 70000").doesNotContain("hunter2");
        assertThat(fault("mixed://u:hunt%zzer2@1.1.1.1:1")).contains("two hex digits").doesNotContain("er2");
        assertThat(fault("mixed://u:hunter2/@x@1.1.1.1:b")).doesNotContain("hunter2");
        assertThat(fault("u:hunter2@1.1.1.1:1")).contains("scheme://host:port").doesNotContain("hunter2");
        assertThat(fault("mixed://127.0.0.1:1?alow-from=x")).contains("did you mean 'allow-from'");
        assertThat(fault("mixed://0.0.0.0:1")).contains("open proxy");
        assertThat(fault("tcp://127.0.0.1:1")).contains("needs the key 'to'");
        assertThat(fault("mixed://u@127.0.0.1:1")).contains("user:password@");
        assertThat(fault("mixed://127.0.0.1:1?cert=a.pem")).contains("does not exist");
    }
}
