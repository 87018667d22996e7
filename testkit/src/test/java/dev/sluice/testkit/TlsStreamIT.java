package dev.sluice.testkit;

import dev.sluice.net.Transport;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Transport.class)
class TlsStreamIT extends TlsCarriers {}
