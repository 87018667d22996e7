package dev.sluice.app.server;

import dev.sluice.app.config.Limits;
import dev.sluice.app.config.UserConfig;
import dev.sluice.proxy.Users;
import java.util.List;

/** The users of an inbound, which are exchanged while its listener stays. */
interface InboundUsers {

    /** Whom the listener asks. */
    Users asked();

    /** Other users from now on. On the control thread. */
    void use(List<UserConfig> next, Limits limits);
}
