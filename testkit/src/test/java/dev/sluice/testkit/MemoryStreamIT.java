package dev.sluice.testkit;

import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Transport.class)
class MemoryStreamIT extends StreamCarriers {
    @Override
    ChannelPair channels(EventLoops on) {
        return ChannelPair.memory(on, true);
    }

    @Override
    protected boolean carriesHalfClose() {
        return true;
    }
}
