@NullMarked
package dev.sluice.anytls.uot;

import org.jspecify.annotations.NullMarked;
