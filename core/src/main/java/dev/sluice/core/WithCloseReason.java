package dev.sluice.core;

/** An exception that brings the reason of a close along; {@link CloseReasons#classify} gives it unchanged. */
public interface WithCloseReason {

    /** Why, and by whom. */
    CloseReason closeReason();
}
