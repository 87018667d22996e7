package dev.sluice.app.logs;

import ch.qos.logback.classic.spi.ILoggingEvent;

/** Makes the text of a log line. Used by one thread. */
interface LineFormat {

    /** Adds the line, with its end. Nothing in the event can begin a second line, except the frames of a stack trace. */
    void format(ILoggingEvent event, StringBuilder out);
}
