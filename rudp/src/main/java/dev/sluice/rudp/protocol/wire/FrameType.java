package dev.sluice.rudp.protocol.wire;

/**
 * The numbers of the frames. A frame of an unknown type below {@link #SKIPPABLE} closes the connection; from there on an unknown frame
 * carries its length and is skipped, so later versions can add what earlier ones may ignore.
 */
public final class FrameType {
    /** One byte of nothing. */
    public static final int PADDING = 0x00;
    /** Asks for an acknowledgement. */
    public static final int PING = 0x01;
    /** Which packets arrived. */
    public static final int ACK = 0x02;
    /** The same, with counts of ECN marks. */
    public static final int ACK_ECN = 0x03;
    /** The sender gives a stream up. */
    public static final int RESET_STREAM = 0x04;
    /** The receiver wants no more of a stream. */
    public static final int STOP_SENDING = 0x05;
    /** Data may be received up to this total on the connection. */
    public static final int MAX_DATA = 0x06;
    /** Data may be received up to this offset of a stream. */
    public static final int MAX_STREAM_DATA = 0x07;
    /** So many streams may be opened in all. */
    public static final int MAX_STREAMS = 0x08;
    /** Another ID for the sender of this frame. */
    public static final int NEW_CONNECTION_ID = 0x09;
    /** An ID of the receiver of this frame will not be used again. */
    public static final int RETIRE_CONNECTION_ID = 0x0a;
    /** Is somebody there? */
    public static final int PATH_CHALLENGE = 0x0b;
    /** Yes. */
    public static final int PATH_RESPONSE = 0x0c;
    /** The transport closes. */
    public static final int CLOSE = 0x0d;
    /** The application closes. */
    public static final int APPLICATION_CLOSE = 0x0e;
    /** The server has seen the client finish the handshake. */
    public static final int HANDSHAKE_DONE = 0x0f;
    /** Data of a stream; bits {@link #STREAM_FIN}, {@link #STREAM_LEN}, {@link #STREAM_OFF} are added. 0x10 to 0x17. */
    public static final int STREAM = 0x10;
    /** The last byte of this frame is the last of the stream. */
    public static final int STREAM_FIN = 0x01;
    /** The frame has a length; without, it goes to the end of the packet. */
    public static final int STREAM_LEN = 0x02;
    /** The frame has an offset; without, it is 0. */
    public static final int STREAM_OFF = 0x04;
    /** An unreliable message up to the end of the packet. */
    public static final int DATAGRAM = 0x18;
    /** The same with a length. */
    public static final int DATAGRAM_LEN = 0x19;
    /** How often to acknowledge. */
    public static final int ACK_FREQUENCY = 0x1a;
    /** Acknowledge now. */
    public static final int IMMEDIATE_ACK = 0x1b;
    /** A repair symbol over earlier packets. */
    public static final int FEC_REPAIR = 0x1c;
    /** How many packets were repaired so far. */
    public static final int FEC_REPAIRED = 0x1d;
    /** From here on unknown types are skipped: type, length, content. */
    public static final int SKIPPABLE = 0x40;

    private FrameType() {}
}
