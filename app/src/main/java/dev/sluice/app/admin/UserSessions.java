package dev.sluice.app.admin;

import java.util.List;

/** The users whose sessions last, and who can be made to leave: those of AnyTLS inbounds. Any thread. */
public interface UserSessions {

    /**
     * How one user of one inbound stands.
     *
     * @param inbound its name
     * @param user his name
     * @param sessions open now
     * @param bytes carried since the program began, both directions, with what stands around the payload
     */
    record Standing(String inbound, String user, int sessions, long bytes) {}

    /** All of them, by inbound and name. */
    List<Standing> standing();

    /**
     * Ends all sessions of a user, on every inbound that knows him; he may come again.
     *
     * @return how many there were; negative where no inbound knows him
     */
    int kick(String user);
}
