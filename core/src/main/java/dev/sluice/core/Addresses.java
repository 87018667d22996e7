package dev.sluice.core;

import io.netty.util.NetUtil;
import java.net.InetAddress;

/** What can be said of an address. */
public final class Addresses {
    private Addresses() {}

    static String print(InetAddress address) {
        return NetUtil.toAddressString(address);
    }
}
