package dev.sluice.app.logs;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.Connection;
import dev.sluice.core.Route;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The access log: one line when a connection or exchange ends (INFO), one when its target is connected (DEBUG). A fault of ours is
 * logged here, once, with its stack (ERROR). Any loop.
 */
public final class ConnectionLog implements AccessLog {
    /** The logger of access lines. */
    static final String LOGGER = "access";

    private static final Logger log = LoggerFactory.getLogger(LOGGER);
    private static final Logger faults = LoggerFactory.getLogger(ConnectionLog.class);

    @Override
    public void established(Connection connection, Route route) {
        if (log.isDebugEnabled()) {
            facts(log.atDebug().setMessage("established"), connection, route).log();
        }
    }

    @Override
    public void ended(Ended ended) {
        CloseReason reason = ended.reason();
        if (log.isInfoEnabled()) {
            LoggingEventBuilder line = facts(log.atInfo().setMessage(ended.what()), ended.connection(), ended.route());
            if (ended.status() != 0) {
                line = line.addKeyValue("status", ended.status());
            }
            line = line.addKeyValue("up", ended.up()).addKeyValue("down", ended.down())
                    .addKeyValue("ms", ended.duration().toMillis()).addKeyValue("reason", reason.kind().label())
                    .addKeyValue("by", reason.by().name().toLowerCase(Locale.ROOT));
            add(line, "detail", reason.detail().isEmpty() ? null : reason.detail()).log();
        }
        if (reason.level() == Level.ERROR) {
            faults.atError().setMessage("a fault of Sluice ended this connection; please report it")
                    .addKeyValue("conn", ended.connection().id()).setCause(reason.cause()).log();
        }
    }

    @Override
    public void refused(Refused refused) {
        if (log.isInfoEnabled()) {
            CloseReason reason = refused.reason();
            LoggingEventBuilder line = log.atInfo().setMessage(refused.what()).addKeyValue("conn", refused.id())
                    .addKeyValue("in", refused.inbound()).addKeyValue("from", address(refused.source()));
            if (refused.status() != 0) {
                line = line.addKeyValue("status", refused.status());
            }
            line = line.addKeyValue("reason", reason.kind().label()).addKeyValue("by",
                    reason.by().name().toLowerCase(Locale.ROOT));
            add(line, "detail", reason.detail().isEmpty() ? null : reason.detail()).log();
        }
    }

    private static LoggingEventBuilder facts(LoggingEventBuilder begun, Connection connection, @Nullable Route route) {
        LoggingEventBuilder line = begun.addKeyValue("conn", connection.id()).addKeyValue("in", connection.inbound());
        line = add(line, "user", connection.user());
        line = line.addKeyValue("from", address(connection.source())).addKeyValue("to", connection.destination());
        line = add(line, "sniffed", connection.sniffedName());
        return route == null ? line : line.addKeyValue("rule", route.rule()).addKeyValue("out", route.outbound().name());
    }

    private static LoggingEventBuilder add(LoggingEventBuilder line, String key, @Nullable Object value) {
        return value == null ? line : line.addKeyValue(key, value);
    }

    private static String address(InetSocketAddress address) {
        return NetUtil.toSocketAddressString(address);
    }
}
