@NullMarked
package dev.sluice.net.dial;

import org.jspecify.annotations.NullMarked;
