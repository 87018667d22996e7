@NullMarked
package dev.sluice.app.admin;

import org.jspecify.annotations.NullMarked;
