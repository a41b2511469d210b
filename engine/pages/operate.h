/* operate.h - the page of who runs the site, on a listener of its own: what is stuck and trying it
 * again, print orders, numbers for Prometheus, and whether requests may be sent here.
 *
 *   GET  /         the page          POST /retry   id or reason: tries again
 *   GET  /metrics  Prometheus        GET  /ready   200, or 503 and why not (security.md D-13)
 *                                    GET  /live    200 as long as the process answers
 *
 * On loopback anybody who is on the machine may look; elsewhere, or when operate_password names a
 * file, all but /ready and /live want the password in it: as HTTP Basic with any name, or as a
 * bearer token. */
#pragma once

#include "engine/app.h"

struct operate;

/* Listens where the settings say. *out is NULL when they name no address. ERROR_INVALID: another
 * address than loopback without a password, or a password that is too short or that others may
 * read. The app outlives it. */
CHECKED bool operate_open(struct app *app, struct operate **out, struct error *err);

/* "http://127.0.0.1:9080" */
const char *operate_url(const struct operate *operate);

/* The app stops: from now on not ready, and nothing of the app but its database is looked at.
 * Returns when nobody does. NULL is taken. */
void operate_stopping(struct operate *operate);

/* NULL is taken. */
void operate_close(struct operate **operate);
