/* open_look.h - looks into a file of Digital post: an encrypted package (CMS), a package (ASiC-E),
 * a signed document (JWS) or the document in it (SBD, a letter or a receipt). Which it is, its
 * bytes tell. What is inside another thing is looked into too; a zip among the attachments is not.
 */
#pragma once

#include "engine/open/open_manifest.h"
#include "storage/postbox/sbd.h"

enum { OPEN_MAX_BYTES = 60 * 1000 * 1000 }; /* of a file: 50 MB, and what goes round it */

/* What was come upon that belongs together: the parts of one letter. */
struct open_seen {
    bool has_letter, has_envelope, has_package;
    struct sbd_digital letter;
    struct crypto_sha256 envelope; /* of the encrypted bytes */
    struct open_parties parties;   /* as the package says */
};

/* Tells everything in the report; *seen grows. */
void open_look(struct open_report *report, const struct open_rules *rules, struct bytes file,
               struct open_seen *seen);

/* Whether a letter and a package that were both given are those of each other. Nothing is told when
 * only one was. */
void open_compare(struct open_report *report, const struct open_seen *seen);
