/* proof.h - what a certificate says of itself: who issued it, and how long it is valid. Digipost's
 * data type `proof` (datatypes.xsd; Digipost API, 8) and DPI's extension `bevis` (bevis.xsd).
 *
 * Neither source says how this reaches somebody with whom the document is shared: the list of
 * shared documents has no data type in it (Digipost API, 7.4). So it is looked for in the document
 * itself, as `skjema issue` puts it there: a file embedded in the PDF, not compressed
 * (render/pdf_update.h). What is not found there is not known, and a document without it is none
 * the worse. It is as good as the document it stands in: it confirms nobody, it can only say that
 * the document is not valid any more. */
#pragma once

#include "engine/base/content.h"

#define PROOF_DIGIPOST "http://api.digipost.no/schema/datatypes"
#define PROOF_DPI "http://begrep.difi.no/sdp/utvidelser/bevis"

enum { PROOF_MAX_BYTES = 64 * 1024 };

struct proof {
    const char *issuer; /* as it says, "" when it does not */
    const char *title;
    int64_t issued_at; /* 0: not said; the same below */
    int64_t valid_from;
    int64_t valid_until; /* the last second of it. Of a period each year: of the last year */
};

/* ERROR_INVALID: not the one or the other, or a time in it is none. Texts are in the arena. */
CHECKED bool proof_read(struct arena *arena, struct bytes xml, struct proof *out,
                        struct error *err);

/* The first that is in the document. False only when the content cannot be read. */
CHECKED bool proof_find(struct arena *arena, const struct content *content, struct proof *out,
                        bool *found, struct error *err);
