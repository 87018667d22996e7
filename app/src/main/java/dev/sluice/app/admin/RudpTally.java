package dev.sluice.app.admin;

import dev.sluice.rudp.channel.StatisticsListener;
import dev.sluice.rudp.protocol.ConnectionStats;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the connections of reliable UDP of one inbound or outbound do, in sums: as many series as there are names, however many connections
 * there are. Any thread; never blocks.
 */
final class RudpTally implements StatisticsListener {
    /**
     * Whose connections.
     *
     * @param kind {@code inbound} or {@code outbound}
     */
    record Label(String kind, String name) {}

    final LongAdder open = new LongAdder();
    final LongAdder began = new LongAdder();
    final LongAdder bytesSent = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();
    final LongAdder packetsSent = new LongAdder();
    final LongAdder packetsReceived = new LongAdder();
    final LongAdder lost = new LongAdder();
    final LongAdder spurious = new LongAdder();
    final LongAdder dropped = new LongAdder();
    final LongAdder retransmittedBytes = new LongAdder();
    final LongAdder repaired = new LongAdder();
    final LongAdder probeTimeouts = new LongAdder();
    final LongAdder pathChanges = new LongAdder();
    final LongAdder datagramsDropped = new LongAdder();
    final LongAdder strangersAnswered = new LongAdder();
    final LongAdder strangersDropped = new LongAdder();
    final LongAdder window = new LongAdder();
    final LongAdder inFlight = new LongAdder();
    final LongAdder pacingRate = new LongAdder();
    final LongAdder deliveryRate = new LongAdder();
    private final Histogram roundTrips = new Histogram();

    @Override
    public void began() {
        open.increment();
        began.increment();
    }

    @Override
    public void progressed(ConnectionStats before, ConnectionStats now) {
        bytesSent.add(now.bytesSent() - before.bytesSent());
        bytesReceived.add(now.bytesReceived() - before.bytesReceived());
        packetsSent.add(now.packetsSent() - before.packetsSent());
        packetsReceived.add(now.packetsReceived() - before.packetsReceived());
        lost.add(now.packetsLost() - before.packetsLost());
        spurious.add(now.spuriousLosses() - before.spuriousLosses());
        dropped.add(now.packetsDropped() - before.packetsDropped());
        retransmittedBytes.add(now.streamBytesRetransmitted() - before.streamBytesRetransmitted());
        repaired.add(now.fecRepaired() - before.fecRepaired());
        probeTimeouts.add(now.probeTimeouts() - before.probeTimeouts());
        pathChanges.add(now.pathChanges() - before.pathChanges());
        datagramsDropped.add(now.datagramsDropped() - before.datagramsDropped());
        if (now.packetsReceived() > before.packetsReceived() && now.smoothedRtt() > 0) {
            roundTrips.add(Duration.ofNanos(now.smoothedRtt()));
        }
        level(before, now);
    }

    /** What goes up and down. */
    private void level(ConnectionStats before, ConnectionStats now) {
        window.add(now.window() - before.window());
        inFlight.add(now.bytesInFlight() - before.bytesInFlight());
        pacingRate.add(now.pacingRate() - before.pacingRate());
        deliveryRate.add(now.deliveryRate() - before.deliveryRate());
    }

    @Override
    public void strangers(long answered, long dropped) {
        strangersAnswered.add(answered);
        strangersDropped.add(dropped);
    }

    @Override
    public void ended(ConnectionStats last) {
        open.decrement();
        level(last, ConnectionStats.NONE);
    }

    /** The round trip of each connection in each second in which it heard something. */
    Histogram roundTrips() {
        return roundTrips;
    }
}
