package dev.sluice.anytls.frame;

/** The commands of frames. A command that is not told to carry data carries none. */
public final class Command {
    /** Padding, both ways: any bytes, dropped. */
    public static final int WASTE = 0;
    /** Opens a stream; by the client. */
    public static final int SYN = 1;
    /** Bytes of a stream. */
    public static final int PSH = 2;
    /** Ends a stream for both directions. */
    public static final int FIN = 3;
    /** What the client is, a {@link StringMap}; its first frame. */
    public static final int SETTINGS = 4;
    /** Why the server gives the session up, in words. */
    public static final int ALERT = 5;
    /** The padding scheme that new sessions are to use; by the server. */
    public static final int UPDATE_SCHEME = 6;
    /** How the dial for a stream went: without data it is connected, with data that is why not. By the server, since version 2. */
    public static final int SYNACK = 7;
    /** Asks whether the peer lives. Since version 2. */
    public static final int HEART_REQUEST = 8;
    /** It does; the stream's number is that of the request. */
    public static final int HEART_RESPONSE = 9;
    /** What the server is, a {@link StringMap}. Since version 2. */
    public static final int SERVER_SETTINGS = 10;

    private Command() {}

    /** Whether the data of such a frame is kept whole for whoever handles it. Bytes of a stream are not: they pass as they come. */
    static boolean keepsData(int command) {
        return command == SETTINGS || command == ALERT || command == UPDATE_SCHEME || command == SYNACK
                || command == SERVER_SETTINGS;
    }

    /** Whether data may come with it; what does not is read and dropped. */
    public static boolean mayCarryData(int command) {
        return command == WASTE || command == PSH || keepsData(command);
    }

    /** Whether it is known. */
    public static boolean known(int command) {
        return command <= SERVER_SETTINGS;
    }
}
