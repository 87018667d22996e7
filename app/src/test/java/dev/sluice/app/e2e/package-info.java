/** The whole program against real programs and hostile ones, in this process, over loopback. */
@NullMarked
package dev.sluice.app.e2e;

import org.jspecify.annotations.NullMarked;
