@NullMarked
package dev.sluice.anytls.auth;

import org.jspecify.annotations.NullMarked;
