package dev.sluice.rudp.protocol;

import java.util.function.Consumer;

/**
 * A trace of one connection in qlog's form (draft-ietf-quic-qlog-main-schema, JSON-SEQ with the event names of
 * draft-ietf-quic-qlog-quic-events), which qvis and its like draw. Who gets the records writes them to a file, in order.
 * It names packets and states, never content or keys.
 *
 * <p>The form is qlog 0.3's JSON-SEQ (RFC 7464): a record separator before each record, a line feed behind it.
 */
public final class QlogWriter implements ConnectionObserver {
    private static final double MILLIS = 1e6;
    private static final char RECORD_SEPARATOR = 0x1e;

    private final Consumer<String> records;
    private final Runnable atEnd;
    private final long start;
    private final StringBuilder line = new StringBuilder(256);

    /**
     * A trace that begins.
     *
     * @param start times are told from here on
     * @param wallMillis milliseconds since 1970 at that moment
     * @param title a name for the trace, such as the connection's ID
     * @param atEnd runs after the record of the end; some of packets that are still under way may follow
     */
    public QlogWriter(long start, long wallMillis, String title, boolean client, Consumer<String> records, Runnable atEnd) {
        this.records = records;
        this.atEnd = atEnd;
        this.start = start;
        line.append(RECORD_SEPARATOR).append("{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"title\":");
        quote(title);
        line.append(",\"trace\":{\"vantage_point\":{\"type\":\"").append(client ? "client" : "server")
                .append("\"},\"common_fields\":{\"time_format\":\"relative\",\"reference_time\":").append(wallMillis)
                .append("}}}");
        flush();
    }

    @Override
    public void packetSent(long now, PacketType type, long number, int bytes, boolean ackEliciting) {
        begin(now, "transport:packet_sent");
        packet(type, number, bytes);
        line.append(",\"is_ack_eliciting\":").append(ackEliciting);
        end();
    }

    @Override
    public void packetReceived(long now, PacketType type, long number, int bytes) {
        begin(now, "transport:packet_received");
        packet(type, number, bytes);
        end();
    }

    @Override
    public void packetDropped(long now, int bytes, String why) {
        begin(now, "transport:packet_dropped");
        line.append("\"raw\":{\"length\":").append(bytes).append("},\"trigger\":");
        quote(why);
        end();
    }

    @Override
    public void packetLost(long now, PacketType type, long number, int bytes, LossTrigger trigger) {
        begin(now, "recovery:packet_lost");
        packet(type, number, bytes);
        line.append(",\"trigger\":\"").append(switch (trigger) {
            case REORDERING_THRESHOLD -> "reordering_threshold";
            case TIME_THRESHOLD -> "time_threshold";
        }).append('"');
        end();
    }

    @Override
    public void spuriousLoss(long now, long number) {
        begin(now, "recovery:spurious_loss");
        line.append("\"packet_number\":").append(number);
        end();
    }

    @Override
    public void metricsUpdated(long now, long minRtt, long smoothedRtt, long latestRtt, long window, long bytesInFlight,
            long pacingRate) {
        begin(now, "recovery:metrics_updated");
        line.append("\"min_rtt\":").append(minRtt / MILLIS).append(",\"smoothed_rtt\":").append(smoothedRtt / MILLIS)
                .append(",\"latest_rtt\":").append(latestRtt / MILLIS).append(",\"congestion_window\":").append(window)
                .append(",\"bytes_in_flight\":").append(bytesInFlight).append(",\"pacing_rate\":").append(8 * pacingRate);
        end();
    }

    @Override
    public void probeTimeout(long now, int count) {
        begin(now, "recovery:loss_timer_updated");
        line.append("\"event_type\":\"expired\",\"timer_type\":\"pto\",\"pto_count\":").append(count);
        end();
    }

    @Override
    public void stateChanged(long now, String what, String detail) {
        begin(now, "connectivity:connection_state_updated");
        line.append("\"new\":");
        quote(what);
        line.append(",\"detail\":");
        quote(detail);
        end();
    }

    @Override
    public void closed(long now, CloseCause cause) {
        begin(now, "connectivity:connection_closed");
        line.append("\"trigger\":\"").append(cause.kind()).append("\",\"code\":").append(cause.code()).append(",\"reason\":");
        quote(cause.reason());
        end();
        atEnd.run();
    }

    private void begin(long now, String name) {
        line.append(RECORD_SEPARATOR).append("{\"time\":").append((now - start) / MILLIS).append(",\"name\":\"").append(name)
                .append("\",\"data\":{");
    }

    private void packet(PacketType type, long number, int bytes) {
        line.append("\"header\":{\"packet_type\":\"").append(switch (type) {
            case INITIAL -> "initial";
            case EARLY -> "0RTT";
            case HANDSHAKE -> "handshake";
            case RETRY -> "retry";
            case SHORT -> "1RTT";
        }).append('"');
        if (number != NO_NUMBER) {
            line.append(",\"packet_number\":").append(number);
        }
        line.append("},\"raw\":{\"length\":").append(bytes).append('}');
    }

    private void end() {
        line.append("}}");
        flush();
    }

    private void flush() {
        records.accept(line.append('\n').toString());
        line.setLength(0);
    }

    private void quote(String text) {
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                line.append("\\u").append(String.format("%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }
}
