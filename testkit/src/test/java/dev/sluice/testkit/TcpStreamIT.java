package dev.sluice.testkit;

import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Transport.class)
class TcpStreamIT extends StreamCarriers {
    @Override
    ChannelPair channels(EventLoops on) {
        return ChannelPair.tcp(on);
    }

    @Override
    protected boolean carriesHalfClose() {
        return true;
    }
}
