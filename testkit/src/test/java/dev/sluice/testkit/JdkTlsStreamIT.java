package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import io.netty.handler.ssl.OpenSsl;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The same without BoringSSL, over the transport that is everywhere: in a process that the build starts with the property. */
@ParameterizedClass
@EnumSource(value = Transport.class, names = "NIO")
@EnabledIfSystemProperty(named = "io.netty.handler.ssl.noOpenSsl", matches = "true")
class JdkTlsStreamIT extends TlsCarriers {
    @Override
    ChannelPair channels(EventLoops on) throws Exception {
        assertThat(OpenSsl.isAvailable()).isFalse();
        return super.channels(on);
    }
}
