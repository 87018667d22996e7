package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.FrameType;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;

/**
 * Flow control of the whole connection (RFC 9000 §4.1), each way: how many bytes of all streams together the peer takes from us, and how
 * many it may send. A byte counts once, however often it is sent. Its owner's thread only.
 */
final class FlowControl {
    private final StreamMemory memory;
    private final ReceiveWindow window;
    /** The peer takes so much. */
    private long maxData;
    private long sent;
    /** What the peer has sent, by the highest offset of each stream. */
    private long received;
    private boolean updateDue;

    FlowControl(ConnectionConfig config, StreamMemory memory) {
        this.memory = memory;
        window = new ReceiveWindow(config.connectionWindow, config.maxConnectionWindow);
    }

    // ---- what we send

    /** New bytes that may be sent now. */
    long credit() {
        return maxData - sent;
    }

    void onMaxData(long max) {
        maxData = Math.max(maxData, max);
    }

    /** So many bytes were sent for the first time. */
    void onSent(int bytes) {
        sent += bytes;
    }

    /** Nothing of 0-RTT was taken: all is to be sent for the first time. */
    void restart() {
        sent = 0;
    }

    // ---- what the peer sends

    /** A stream's highest offset has grown by so many bytes. */
    void onReceived(long growth) {
        received += growth;
        if (received > window.max()) {
            throw new ProtocolViolation(ErrorCode.FLOW_CONTROL, "data beyond the connection's window");
        }
    }

    /** The application took bytes, or never will. */
    void onRead(long now, long bytes, long rtt) {
        updateDue |= window.onRead(now, bytes, rtt);
    }

    boolean hasFrames() {
        return updateDue;
    }

    /** Writes the window update that is due, if it fits. */
    void write(ByteWriter out, SentPacket packet) {
        if (updateDue && out.room() >= 9) {
            updateDue = false;
            out.varInt(FrameType.MAX_DATA);
            out.varInt(window.update(memory.share() + unread())); // or a stream that nobody reads would stop the others
            packet.add(SentPacket.MAX_DATA, null, 0, 0);
            packet.ackEliciting = true;
        }
    }

    void onLost() {
        updateDue = true;
    }

    private long unread() {
        return received - window.read();
    }
}
