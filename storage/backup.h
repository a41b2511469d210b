/* backup.h - a copy of the database while the site runs, and whether a copy is sound (security.md
 * D-15). Master keys and the ledger of deletions are not in a copy: they are kept elsewhere. */
#pragma once

#include "storage/db.h"

/* Copies the database, as it is at one moment, to a new file in that folder: skjema.db, on disk
 * when it returns. The folder is made (0700) and must not hold one. Writers go on meanwhile. */
CHECKED bool backup_make(struct db *db, const char *folder, struct error *err);

/* What was gone through, and what is not as it was kept. */
struct backup_findings {
    int64_t submissions, supplements, attachments, letters; /* opened, and digests agree */
    int64_t under_way;                                      /* letters that were still to come */
    int64_t failed;                                         /* of all of them */
    struct error first;                                     /* why the first did not */
};

/* Opens everything that is sealed and has a digest, and compares. Nothing is changed. */
CHECKED bool backup_look_through(struct db *db, struct backup_findings *out, struct error *err);
