package dev.sluice.rudp;

import dev.sluice.rudp.channel.LinkMtu;
import dev.sluice.rudp.protocol.ConnectionConfig;

/** What the state machine is told of a configuration. */
final class Settings {
    private Settings() {}

    static ConnectionConfig of(RudpConfig config) {
        return new ConnectionConfig.Builder().idleTimeout(config.idleTimeout()).keepAlive(config.keepAlive())
                .handshakeTimeout(config.handshakeTimeout()).maxStreams(config.maxStreams()).maxPacket(config.maxPacket())
                .link(LinkMtu.ofHost()::payload)
                .congestion(config.congestion()).fec(config.errorCorrection()).earlyData(config.earlyData()).build();
    }
}
