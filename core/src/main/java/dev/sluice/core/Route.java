package dev.sluice.core;

/**
 * What the router decided.
 *
 * @param outbound how to reach the target
 * @param rule the rule that matched, as it is shown in logs: {@code rule 3}, or {@code default}
 */
public record Route(Outbound outbound, String rule) {}
