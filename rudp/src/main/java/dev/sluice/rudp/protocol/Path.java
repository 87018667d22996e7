package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.congestion.CongestionControl;
import dev.sluice.rudp.protocol.congestion.DeliveryRate;
import dev.sluice.rudp.protocol.congestion.Pacer;
import dev.sluice.rudp.protocol.congestion.RttEstimator;
import dev.sluice.rudp.protocol.wire.ConnectionId;

/**
 * A way to the peer, with all that is known of it: whether the peer is really there, how much was sent there, the round trip, how much it
 * takes, and which of the peer's connection IDs is used on it.
 */
final class Path {
    /** An address that has proved nothing gets at most this many times what came from it (RFC 9000 §8.1). */
    private static final int AMPLIFICATION = 3;

    final NetworkPath address;
    RttEstimator rtt;
    CongestionControl congestion;
    DeliveryRate delivery;
    Pacer pacer;
    MtuDiscovery mtu;
    ConnectionId remoteId;
    boolean validated;
    /** A client's first packet came again by this path, which is not the one in use: our answer is to go there. */
    boolean answerDue;
    long received;
    long sent;
    long inFlight;
    /** The largest packet sent here that the peer has; -1 for none. */
    long largestAcked = -1;
    /** An acknowledgement in progress was of packets of this path. */
    boolean touched;
    boolean ecnCapable = true;
    long ceSeen;

    final PathValidation validation = new PathValidation();

    Path(NetworkPath address, ConnectionId remoteId, ConnectionConfig config, int maxPacket) {
        this.address = address;
        this.remoteId = remoteId;
        rtt = new RttEstimator();
        congestion = config.congestion.apply(ConnectionConfig.MIN_PACKET);
        delivery = new DeliveryRate();
        pacer = new Pacer(ConnectionConfig.MIN_PACKET);
        mtu = search(config, maxPacket);
    }

    private MtuDiscovery search(ConnectionConfig config, int maxPacket) {
        int carried = Math.min(config.maxPacket, config.link.applyAsInt(address.remote()));
        return new MtuDiscovery(Math.min(maxPacket, carried), config.mtuDiscovery);
    }

    /** The peer takes packets up to this size. */
    void maxPacket(ConnectionConfig config, int bytes) {
        mtu = search(config, bytes);
    }

    /** Takes over what was known of a path that differs from this one in the peer's port only (RFC 9000 §9.4). */
    void inherit(Path other) {
        rtt = other.rtt;
        congestion = other.congestion;
        delivery = other.delivery;
        pacer = other.pacer;
        mtu = other.mtu;
    }

    /** Bytes that may be sent before the address is proven; without limit afterwards. */
    long allowance() {
        return validated ? Long.MAX_VALUE : Math.max(0, AMPLIFICATION * received - sent);
    }

    /** Bytes that the congestion window leaves. */
    long room() {
        return congestion.window() - inFlight;
    }

    void setPacing(long now) {
        pacer.setRate(now, congestion.pacingRate());
    }

    void onMtu() {
        congestion.onMaxDatagramSize(mtu.current());
        pacer.onMaxDatagramSize(mtu.current());
    }
}
