/* own_data.h - everything that is held about one person, as a file to take home: a zip of what lies
 * here byte for byte (answers, receipts, documents, certificates), own-data.xml that says what each
 * of it is and lists all that has no file (consents, other agencies' requests, logins, the log),
 * its schema own-data.xsd, and a page of words about it. Nothing of it is laid on the disk, and no
 * document is whole in memory (zip_stream.h). */
#pragma once

#include "engine/base/content.h"
#include "engine/http/response.h"
#include "storage/sessions.h"

struct visitor;

/* How much there is, for the page. */
struct own_data_counts {
    size_t drafts, draft_documents, sent, documents, certificates, consents, requests, logins;
    int64_t bytes; /* of documents */
};
CHECKED bool own_data_count(struct visitor *visitor, struct arena *arena, struct db *db,
                            struct own_data_counts *out, struct error *err);

/* As an answer to keep. db: used here only; the rest is read with connections of the pool, a short
 * while each. ERROR_BROKEN: something is not what was stored, and nothing leaves. */
CHECKED bool own_data_download(struct visitor *visitor, struct db *db,
                               const struct request *request, struct response *response,
                               struct error *err);

/* The schema of own-data.xml. */
struct bytes own_data_schema(void);
