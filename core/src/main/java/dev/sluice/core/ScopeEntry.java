package dev.sluice.core;

import org.jspecify.annotations.Nullable;

/** A place in the list of what a {@link Scope} owns: a child scope or a resource. Touched on the owner's executor only. */
abstract sealed class ScopeEntry permits Scope, Scope.Resource {
    @Nullable
    ScopeEntry older;
    @Nullable
    ScopeEntry newer;
    boolean linked;
}
