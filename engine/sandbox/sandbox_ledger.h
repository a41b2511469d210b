/* sandbox_ledger.h - what the sandbox keeps on disk: an append-only ledger, one JSON object a line,
 * and documents as files named by their SHA-256. The ledger is the whole state: replaying it gives
 * the mailboxes back, so a process that is killed has lost nothing it had answered for.
 *
 * Not for several threads at once; the caller holds the sandbox's lock. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

#include <jansson.h>

struct sandbox_ledger;

/* Makes folder, content/ and ledger.jsonl when missing, and takes the folder for itself until
 * closed: ERROR_UNAVAILABLE when another process has it, ERROR_BROKEN when it cannot be written. */
CHECKED bool sandbox_ledger_open(const char *folder, struct sandbox_ledger **out,
                                 struct error *err);
void sandbox_ledger_close(struct sandbox_ledger **ledger);

/* Hands over every entry, oldest first. A last line that was cut off when the process died is taken
 * away; any other line that is not JSON is ERROR_BROKEN with its number. */
CHECKED bool sandbox_ledger_replay(struct sandbox_ledger *ledger,
                                   void (*read)(void *context, const json_t *entry), void *context,
                                   struct error *err);

/* One more line, on disk (fdatasync) when it returns true. The entry is borrowed. */
CHECKED bool sandbox_ledger_append(struct sandbox_ledger *ledger, const json_t *entry,
                                   struct error *err);

/* Keeps bytes under their digest (hex, in the arena), on disk when it returns true; and reads them
 * back. ERROR_MISSING: nothing with that digest. */
CHECKED bool sandbox_ledger_keep(struct sandbox_ledger *ledger, struct arena *arena,
                                 struct bytes content, char **sha256, struct error *err);
CHECKED bool sandbox_ledger_content(struct sandbox_ledger *ledger, struct arena *arena,
                                    const char *sha256, struct bytes *out, struct error *err);

/* A named file of the folder, such as a key: read whole, or written as a whole (a new file that
 * takes the old one's name). ERROR_MISSING when it is not there. */
CHECKED bool sandbox_ledger_read_file(struct sandbox_ledger *ledger, struct arena *arena,
                                      const char *name, struct bytes *out, struct error *err);
CHECKED bool sandbox_ledger_write_file(struct sandbox_ledger *ledger, const char *name,
                                       struct bytes bytes, struct error *err);
