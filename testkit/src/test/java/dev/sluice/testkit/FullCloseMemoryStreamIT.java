package dev.sluice.testkit;

import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A stream whose end is a full close, as those of AnyTLS. */
@ParameterizedClass
@EnumSource(Transport.class)
class FullCloseMemoryStreamIT extends StreamCarriers {
    @Override
    ChannelPair channels(EventLoops on) {
        return ChannelPair.memory(on, false);
    }

    @Override
    protected boolean carriesHalfClose() {
        return false;
    }
}
