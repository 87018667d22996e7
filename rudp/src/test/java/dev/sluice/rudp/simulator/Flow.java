package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Applications that send bytes whose content follows from stream and offset, and check what they get. A stream begins with eight bytes
 * that say how many bytes the other end shall send back.
 */
final class Flow {
    private Flow() {}

    static byte pattern(long stream, long offset) {
        return (byte) (offset * 31 + (offset >> 8) * 17 + stream * 7 + 1);
    }

    /** Reads every stream to its end, checks it, sends back as much as was asked for. */
    static final class Sink implements Application {
        final Map<Long, Half> halves = new HashMap<>();
        long received;
        int ends;
        int resets;

        static final class Half {
            long read;
            long answer;
            long written;
            boolean ended;
            boolean finished;
        }

        private final byte[] buffer = new byte[16 * 1024];
        /** Bytes that are read at a time, 0 to read nothing. */
        int appetite = Integer.MAX_VALUE;

        @Override
        public void run(long now, Connection connection) {
            for (long id = connection.accept(); id != Connection.NO_STREAM; id = connection.accept()) {
                halves.put(id, new Half());
            }
            while (connection.nextReadable() != Connection.NO_STREAM) {
                // everything is looked at below
            }
            while (connection.nextWritable() != Connection.NO_STREAM) {
                // and here
            }
            halves.forEach((id, half) -> {
                read(now, connection, id, half);
                write(connection, id, half);
            });
            halves.values().removeIf(half -> half.ended && half.finished);
        }

        private void read(long now, Connection connection, long id, Half half) {
            int left = appetite;
            while (!half.ended && left > 0) {
                int count = connection.read(now, id, buffer, 0, Math.min(left, buffer.length));
                if (count == Connection.END) {
                    half.ended = true;
                    ends++;
                } else if (count == Connection.RESET) {
                    half.ended = true;
                    half.finished = true;
                    resets++;
                    connection.reset(id, 1);
                } else if (count <= 0) {
                    return;
                }
                for (int i = 0; i < count; i++) {
                    long offset = half.read++;
                    if (offset < 8) {
                        half.answer = (half.answer << 8) | (buffer[i] & 0xFF);
                    } else if (buffer[i] != pattern(id, offset)) {
                        throw new AssertionError("stream " + id + " is wrong at " + offset);
                    }
                }
                received += Math.max(0, count);
                left -= Math.max(0, count);
            }
        }

        private void write(Connection connection, long id, Half half) {
            if (half.read < 8 || half.finished) {
                return;
            }
            half.written += Flow.write(connection, id, half.written, half.answer, -1);
            if (half.written == half.answer) {
                connection.finish(id);
                half.finished = true;
            }
        }
    }

    /** Opens streams, sends so many bytes on each and reads so many back. */
    static final class Source implements Application {
        private final int streams;
        private final long upload;
        /** Of each stream. */
        private final long[] downloads;
        private final boolean early;
        private final Map<Long, long[]> progress = new HashMap<>();
        private final byte[] buffer = new byte[16 * 1024];
        int opened;
        int done;
        long received;
        long accepted;
        int ends;
        long firstByteAt = -1;
        /** What the connection has told, oldest first. */
        final List<ConnectionEvent> events = new ArrayList<>();

        Source(int streams, long upload, long download) {
            this(streams, upload, download, false);
        }

        Source(int streams, long upload, long download, boolean early) {
            this(upload, early, new long[streams]);
            Arrays.fill(downloads, download);
        }

        private Source(long upload, boolean early, long[] downloads) {
            streams = downloads.length;
            this.upload = upload;
            this.early = early;
            this.downloads = downloads;
        }

        /** A stream for each of so many bytes to be read. */
        static Source downloads(long... bytes) {
            return new Source(0, false, bytes);
        }

        boolean finished() {
            return done == streams;
        }

        @Override
        public void run(long now, Connection connection) {
            if (!connection.isEstablished() && !early) {
                return;
            }
            while (opened < streams) {
                long id = connection.open();
                if (id == Connection.NO_STREAM) {
                    break;
                }
                opened++;
                progress.put(id, new long[3]);
            }
            while (connection.nextReadable() != Connection.NO_STREAM || connection.nextWritable() != Connection.NO_STREAM) {
                // everything is looked at below
            }
            progress.forEach((id, state) -> step(now, connection, id, state));
            progress.values().removeIf(state -> state[2] == 2);
        }

        @Override
        public void onEvent(long now, Connection connection, ConnectionEvent event) {
            events.add(event);
        }

        /** {@code state}: written, read, 1 for finished writing and 2 for done. */
        private void step(long now, Connection connection, long id, long[] state) {
            long download = downloads[(int) id / 2];
            if (state[2] == 0) {
                int count = Flow.write(connection, id, state[0], 8 + upload, download);
                state[0] += count;
                accepted += count;
                if (state[0] == 8 + upload) {
                    connection.finish(id);
                    state[2] = 1;
                }
            }
            while (true) {
                int count = connection.read(now, id, buffer, 0, buffer.length);
                if (count == Connection.END && state[2] == 1) {
                    ends++;
                    done++;
                    state[2] = 2;
                    if (state[1] != download) {
                        throw new AssertionError("stream " + id + " ended at " + state[1] + " of " + download);
                    }
                }
                if (count <= 0) {
                    return;
                }
                firstByteAt = firstByteAt < 0 ? now : firstByteAt;
                for (int i = 0; i < count; i++) {
                    if (buffer[i] != pattern(id, state[1]++)) {
                        throw new AssertionError("stream " + id + " is wrong at " + (state[1] - 1));
                    }
                }
                received += count;
            }
        }
    }

    /** Writes what fits; {@code announce}: bytes wanted back, put before the content, or -1. */
    private static int write(Connection connection, long id, long from, long total, long announce) {
        byte[] chunk = new byte[4096];
        int sum = 0;
        while (from < total) {
            int length = (int) Math.min(chunk.length, total - from);
            for (int i = 0; i < length; i++) {
                long offset = from + i;
                chunk[i] = announce >= 0 && offset < 8 ? (byte) (announce >> (56 - 8 * offset)) : pattern(id, offset);
            }
            int count = connection.write(id, chunk, 0, length);
            if (count <= 0) {
                return sum;
            }
            sum += count;
            from += count;
        }
        return sum;
    }
}
