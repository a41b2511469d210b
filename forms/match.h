/* match.h - whether a document from the postbox is what an upload asks for (sk:match), and why not,
 * in words. Asked when documents are chosen, and again when the answers are sent. */
#pragma once

#include "forms/answers.h"

/* NULL: it will do on that day (days since 1970). Else why not, as a code of texts_fields' kind:
 * "match.type", "match.issuer", "match.old", "match.new", "match.subject"; of all kinds that will
 * do the one it came nearest to, which is *nearest then (may be NULL). What the person uploaded is
 * not judged, but that it is too old when it came here so long ago (source "earlier"). Where nobody
 * told what type a document is, that is not held against it.
 */
const char *match_document(const struct form_upload *upload, const struct attachment_info *info,
                           int64_t today, const struct form_match **nearest);

/* The same in a few words: "eldre enn 6 måneder", "ikke fra Skatteetaten (974 761 076)"; NULL when
 * it will do. language: of the site's (form_site_language). */
const char *match_reason(struct answers *answers, struct arena *arena,
                         const struct form_upload *upload, const struct attachment_info *info,
                         const char *language);

/* "6 måneder", "1 år", "14 dager". */
const char *match_age(struct arena *arena, struct form_duration age, const char *language);

/* "Skatteetaten (974 761 076), 310 123 021": as answers_name_organisations said. */
const char *match_issuers(const struct answers *answers, struct arena *arena,
                          const struct form_match *match);
