package dev.sluice.rudp.protocol.congestion;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Senders with endless data over one bottleneck, in virtual time: a rate, a queue that drops at its tail, a delay, and losses in front of
 * it. Each sender has a controller, a pacer, loss detection by RFC 9002 with a packet threshold that learns, and a receiver that
 * acknowledges every few packets. Enough to judge a controller before there is a connection around it.
 */
final class LinkModel {
    static final int DATAGRAM = 1452;
    /** What IP and UDP add on the link. */
    static final int OVERHEAD = 28;
    /** Bytes of a datagram that are not payload: header, tag, frame. */
    private static final int NOT_PAYLOAD = 36;
    private static final double NANOS = 1e9;
    private static final long MS = 1_000_000;
    private static final long MEAN_BETWEEN_LATE = 50 * MS;

    /** The link, and what is wrong with it. */
    static final class Link {
        double bitsPerSecond = 100e6;
        long oneWayDelay = 10 * MS;
        long queueBytes = 256 << 10;
        double loss;
        double toBad;
        double toGood;
        double reorder;
        long jitter;
        long lateness;
        long blackoutAt = Long.MAX_VALUE;
        long blackoutFor;
        int ackEvery = 2;

        Link rate(double megabits) {
            bitsPerSecond = megabits * 1e6;
            return this;
        }

        Link roundTrip(double ms) {
            oneWayDelay = (long) (ms * MS / 2);
            return this;
        }

        Link queue(long bytes) {
            queueBytes = bytes;
            return this;
        }

        Link loss(double percent) {
            loss = percent / 100;
            return this;
        }

        Link bursts(double percentToBad, double percentToGood) {
            toBad = percentToBad / 100;
            toGood = percentToGood / 100;
            return this;
        }

        Link reorder(double percent) {
            reorder = percent / 100;
            return this;
        }

        Link jitter(double ms) {
            jitter = (long) (ms * MS);
            return this;
        }

        /** Some times a second, either end takes nothing in for up to so long: others use its processor. */
        Link lateEnds(double ms) {
            lateness = (long) (ms * MS);
            return this;
        }

        Link blackout(double atSecond, double seconds) {
            blackoutAt = (long) (atSecond * NANOS);
            blackoutFor = (long) (seconds * NANOS);
            return this;
        }
    }

    /** One direction of the link. */
    private static final class Direction {
        long busyUntil;
        long lastDue;
        boolean bad;
        long lateFrom;
        long lateUntil;
    }

    private record Event(long at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    private final Link link;
    private final SplittableRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Direction forward = new Direction();
    private final Direction back = new Direction();
    private final List<Flow> flows = new ArrayList<>();
    private long now;
    private long order;
    long queueDrops;
    long linkBytes;

    LinkModel(Link link, long seed) {
        this.link = link;
        this.random = new SplittableRandom(seed);
    }

    long now() {
        return now;
    }

    /** Adds a sender that begins then. */
    Flow add(CongestionControl control, double atSecond) {
        Flow flow = new Flow(control);
        flows.add(flow);
        at((long) (atSecond * NANOS), flow::send);
        return flow;
    }

    /** Runs until this second. */
    void run(double second) {
        long end = (long) (second * NANOS);
        for (Event event = events.peek(); event != null && event.at <= end; event = events.peek()) {
            events.remove();
            now = event.at;
            event.action.run();
        }
        now = end;
    }

    private void at(long time, Runnable action) {
        events.add(new Event(Math.max(time, now), order++, action));
    }

    private boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    private void carry(Direction direction, int bytes, Runnable arrival) {
        if (now >= link.blackoutAt && now < link.blackoutAt + link.blackoutFor) {
            return;
        }
        if (link.toBad > 0) {
            direction.bad ^= chance(direction.bad ? link.toGood : link.toBad);
            if (direction.bad) {
                return;
            }
        }
        if (chance(link.loss)) {
            return;
        }
        double nanosPerByte = 8 * NANOS / link.bitsPerSecond;
        direction.busyUntil = Math.max(direction.busyUntil, now);
        if ((direction.busyUntil - now) / nanosPerByte + bytes > link.queueBytes) {
            queueDrops++;
            return;
        }
        direction.busyUntil += (long) (bytes * nanosPerByte);
        if (direction == forward) {
            linkBytes += bytes;
        }
        if (chance(link.reorder)) {
            at(direction.busyUntil, () -> takeIn(direction, arrival));
            return;
        }
        long due = direction.busyUntil + link.oneWayDelay + (link.jitter == 0 ? 0 : random.nextLong(link.jitter));
        direction.lastDue = Math.max(direction.lastDue, due);
        at(direction.lastDue, () -> takeIn(direction, arrival));
    }

    private void takeIn(Direction direction, Runnable arrival) {
        if (link.lateness > 0 && now >= direction.lateFrom) {
            direction.lateUntil = now + random.nextLong(link.lateness);
            direction.lateFrom = direction.lateUntil + random.nextLong(MEAN_BETWEEN_LATE * 2);
        }
        if (now < direction.lateUntil) {
            at(direction.lateUntil, arrival);
        } else {
            arrival.run();
        }
    }

    private static final class Packet extends Transmission {
        final int chunk;
        boolean acked;
        boolean missing;

        Packet(long number, int chunk) {
            packetNumber = number;
            bytes = DATAGRAM;
            this.chunk = chunk;
        }
    }

    /** A sender and its receiver. */
    final class Flow {
        final CongestionControl control;
        private final Pacer pacer = new Pacer(DATAGRAM);
        private final DeliveryRate rate = new DeliveryRate();
        final RttEstimator rtt = new RttEstimator();
        private final List<Packet> packets = new ArrayList<>();
        private final ArrayDeque<Integer> again = new ArrayDeque<>();
        private final BitSet arrivedChunks = new BitSet();
        private int nextChunk;
        private long inFlight;
        private long largestAcked = -1;
        private int oldest;
        private long packetThreshold = 3;
        private long lastSentAt;
        private int probes;
        private boolean timerSet;
        private long sendTimerAt = Long.MAX_VALUE;

        private final List<Packet> unacknowledged = new ArrayList<>();
        private long largestReceived = -1;
        private boolean ackTimer;

        long sentBytes;
        long sentAgainBytes;
        long firstArrivalAfterBlackout;

        private Flow(CongestionControl control) {
            this.control = control;
            control.onMaxDatagramSize(DATAGRAM);
            control.onHandshakeRtt(2 * link.oneWayDelay + link.jitter);
            pacer.setRate(0, control.pacingRate());
        }

        /** Payload that arrived, bytes. */
        long payload() {
            return (long) arrivedChunks.cardinality() * (DATAGRAM - NOT_PAYLOAD);
        }

        double retransmittedShare() {
            return sentBytes == 0 ? 0 : (double) sentAgainBytes / sentBytes;
        }

        private void send() {
            sendTimerAt = Long.MAX_VALUE;
            while (inFlight + DATAGRAM <= control.window()) {
                int budget = pacer.budget(now);
                if (budget < DATAGRAM) {
                    long at = pacer.nextSend(now);
                    sendTimerAt = at;
                    at(at, () -> {
                        if (sendTimerAt == at) {
                            send();
                        }
                    });
                    break;
                }
                transmit();
            }
            setTimer();
        }

        private void transmit() {
            Integer chunk = again.poll();
            while (chunk != null && arrivedChunks.get(chunk)) {
                chunk = again.poll();
            }
            if (chunk != null) {
                sentAgainBytes += DATAGRAM;
            }
            Packet packet = new Packet(packets.size(), chunk == null ? nextChunk++ : chunk);
            packets.add(packet);
            rate.onSent(now, packet, inFlight);
            inFlight += packet.bytes;
            sentBytes += packet.bytes;
            lastSentAt = now;
            control.onPacketSent(now, packet, inFlight);
            pacer.onSent(now, packet.bytes);
            carry(forward, packet.bytes + OVERHEAD, () -> receive(packet));
        }

        private void receive(Packet packet) {
            if (now >= link.blackoutAt + link.blackoutFor && firstArrivalAfterBlackout == 0) {
                firstArrivalAfterBlackout = now;
            }
            arrivedChunks.set(packet.chunk);
            unacknowledged.add(packet);
            boolean gap = packet.packetNumber != largestReceived + 1;
            largestReceived = Math.max(largestReceived, packet.packetNumber);
            if (unacknowledged.size() >= link.ackEvery || gap) {
                acknowledge();
            } else if (!ackTimer) {
                ackTimer = true;
                at(now + 25 * MS, () -> {
                    ackTimer = false;
                    acknowledge();
                });
            }
        }

        private void acknowledge() {
            if (unacknowledged.isEmpty()) {
                return;
            }
            List<Packet> acked = new ArrayList<>(unacknowledged);
            unacknowledged.clear();
            // an acknowledgement that is lost is repeated by the next, as ranges are
            long before = forwardOrder();
            carry(back, 60 + OVERHEAD, () -> onAck(acked));
            if (forwardOrder() == before) {
                unacknowledged.addAll(acked);
                if (unacknowledged.size() > 5000) {
                    unacknowledged.subList(0, 1000).clear();
                }
            }
        }

        private long forwardOrder() {
            return order;
        }

        private void onAck(List<Packet> acked) {
            Packet largest = acked.get(0);
            for (Packet packet : acked) {
                largest = packet.packetNumber > largest.packetNumber ? packet : largest;
            }
            long latest = 0;
            if (!largest.acked && largest.packetNumber > largestAcked) {
                latest = now - largest.sentAt;
                rtt.onSample(latest, 0);
            }
            largestAcked = Math.max(largestAcked, largest.packetNumber);
            boolean any = false;
            for (Packet packet : acked) {
                if (packet.acked) {
                    continue;
                }
                packet.acked = true;
                any = true;
                rate.onAcked(now, packet);
                if (packet.missing) {
                    packetThreshold = Math.clamp((largestAcked - packet.packetNumber) * 5 / 4 + 1, packetThreshold, 4096);
                    control.onSpuriousLoss(now, packet);
                } else {
                    inFlight -= packet.bytes;
                }
            }
            if (!any) {
                return;
            }
            probes = 0;
            detectLosses();
            control.onAck(rate.sample(now, latest, rtt, inFlight));
            pacer.setRate(now, control.pacingRate());
            send();
        }

        private void detectLosses() {
            long base = Math.max(rtt.smoothed(), rtt.latest());
            long delay = Math.max(base + Math.clamp(rate.overtaken() * 5 / 4, base / 8, 3 * base), MS);
            long firstLost = Long.MAX_VALUE;
            long lastLost = Long.MIN_VALUE;
            boolean advance = true;
            for (int i = oldest; i < largestAcked; i++) {
                Packet packet = packets.get(i);
                if (!packet.acked && !packet.missing
                        && (largestAcked - packet.packetNumber >= packetThreshold || packet.sentAt + delay <= now)) {
                    packet.missing = true;
                    inFlight -= packet.bytes;
                    again.add(packet.chunk);
                    rate.onLost(packet);
                    control.onLoss(now, packet, inFlight);
                    firstLost = Math.min(firstLost, packet.sentAt);
                    lastLost = Math.max(lastLost, packet.sentAt);
                }
                if (advance && (packet.acked || packet.missing)) {
                    oldest = i + 1;
                } else {
                    advance = false;
                }
            }
            if (lastLost - firstLost > 3 * rtt.probeTimeout(25 * MS) && firstLost != Long.MAX_VALUE) {
                control.onPersistentCongestion(now);
            }
        }

        private void setTimer() {
            if (timerSet || inFlight == 0) {
                return;
            }
            timerSet = true;
            long pto = rtt.probeTimeout(25 * MS);
            long wait = Math.min(pto << Math.min(probes, 10), Math.max(pto, 500 * MS));
            at(Math.max(now + MS, lastSentAt + wait), () -> {
                timerSet = false;
                if (now >= lastSentAt + wait && inFlight > 0) {
                    probes++;
                    transmit();
                } else {
                    detectLosses();
                    send();
                }
                setTimer();
            });
        }
    }
}
