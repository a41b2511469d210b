/* witness.h - what shows that the log of who did what (storage/audit.h) is what it was: its head,
 * sent out of the machine while it grows; and in the log itself the settings and master keys the
 * site ran with. Rules: security.md S-AUD-1, S-AUD-2.
 *
 * A head is a line: when, how many rows, the digest of the last (SHA-256, hex), and an HMAC over
 * these with a key of the site's own, so that nobody without it can write another:
 *   2026-11-23T12:00:00Z 4711 0f1e... 9a8b... */
#pragma once

#include "engine/config.h"
#include "storage/audit.h"
#include "storage/keyring.h"

/* The line about the log as it is, with '\n'; NULL in *out while there is no row. */
CHECKED bool witness_head(struct arena *arena, struct db *db, const char **out, struct error *err);

/* Sends it: to syslog (facility authpriv) when where is "syslog", nowhere when it is "", else to
 * the end of that file, on disk when it returns. */
CHECKED bool witness_send(struct db *db, const char *where, struct error *err);

/* What was sent, read back: lines of a file, text before the time (as syslog writes) is passed
 * over, and so are lines without a head. ERROR_INVALID with file and line: an HMAC that is not
 * ours, or a time, number or digest that is none. */
CHECKED bool witness_read(struct arena *arena, struct db *db, struct bytes file,
                          const char *file_name, struct audit_head **out, size_t *count,
                          struct error *err);

/* At start: the site runs with these settings, by their digest. */
CHECKED bool witness_settings(struct db *db, const struct config *config, struct error *err);

/* At start and every hour: master keys, when they are not those that the log knows. */
CHECKED bool witness_keys(struct db *db, struct keyring *keyring, struct error *err);
