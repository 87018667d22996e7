/**
 * The admin listener: health, readiness, metrics and the connections that are alive, over plain HTTP on the loopback address. It
 * only reads; a page for people has its own module one day.
 */
@NullMarked
package dev.sluice.app.admin;

import org.jspecify.annotations.NullMarked;
