@NullMarked
package dev.sluice.app.server;

import org.jspecify.annotations.NullMarked;
