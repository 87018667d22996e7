package dev.sluice.app.admin;

import dev.sluice.app.json.Json;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.Route;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The page {@code /connections}: those that are alive, the oldest first. */
final class ConnectionsPage {
    /** A page is for looking at; whoever wants more has metrics and the log. */
    private static final int MOST = 1000;

    private ConnectionsPage() {}

    /** The page as it is now. */
    static String page(ConnectionTable table) {
        long now = System.nanoTime();
        List<ConnectionTable.Live> live = new ArrayList<>(table.live());
        live.sort(Comparator.comparingLong(l -> l.connection().openedNanos() - now));
        List<Object> rows = new ArrayList<>();
        live.stream().limit(MOST).forEach(l -> rows.add(row(l, now)));
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("open", live.size());
        page.put("connections", rows);
        return Json.pretty(page);
    }

    private static Map<String, Object> row(ConnectionTable.Live live, long now) {
        Connection c = live.connection();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("conn", c.id());
        row.put("inbound", c.inbound());
        String user = c.user();
        if (user != null) {
            row.put("user", user);
        }
        row.put("source", NetUtil.toSocketAddressString(c.source()));
        row.put("destination", c.destination().network() + " " + c.destination());
        String sniffed = c.sniffedName();
        if (sniffed != null) {
            row.put("sniffed", sniffed);
        }
        Route route = live.route();
        if (route != null) {
            row.put("rule", route.rule());
            row.put("outbound", route.outbound().name());
        }
        row.put("up", c.traffic().up());
        row.put("down", c.traffic().down());
        row.put("seconds", TimeUnit.NANOSECONDS.toSeconds(now - c.openedNanos()));
        return row;
    }
}
