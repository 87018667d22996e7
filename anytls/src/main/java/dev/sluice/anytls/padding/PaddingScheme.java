package dev.sluice.anytls.padding;

/** A padding scheme: how the first packets of a session are split and padded. Immutable. */
public final class PaddingScheme {
    /** The scheme that clients begin with. */
    public static final PaddingScheme DEFAULT = new PaddingScheme();

    private PaddingScheme() {}
}
